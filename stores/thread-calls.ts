/** Calls to another thread: each is a message with a number, and so is its response. */
import { StoreUnavailable } from "./contract.ts";

/** `id` is the number of the call. */
export type Response = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: Error };

/** The calls that wait for their response. */
export class ThreadCalls {
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: StoreUnavailable): void }>();
  #lastId = 0;
  #failure: StoreUnavailable | undefined;

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** `post` sends the call under the number that it gets. @throws StoreUnavailable, as a rejection, with the reason that the other thread gives */
  call(post: (id: number) => void): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      post(id);
      this.#waiting.set(id, { resolve, reject });
    });
  }

  settle(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if ("error" in response) waiting?.reject(new StoreUnavailable(response.error.message, { cause: response.error }));
    else waiting?.resolve(response.value);
  }

  /** The other thread is gone: every call fails, and every later one. */
  fail(error: StoreUnavailable): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
