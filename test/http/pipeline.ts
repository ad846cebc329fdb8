/** Many requests by a client that costs little. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One connection, on which several requests are sent at once: a client that makes objects of each response takes more than the server. */
export class Pipeline {
  readonly #socket: Socket;
  readonly #expected: string;
  #text = "";
  #left = 0;
  #done: (error?: Error) => void = () => undefined;

  private constructor(socket: Socket, status: number) {
    this.#socket = socket;
    this.#expected = `HTTP/1.1 ${status} `;
    socket.setEncoding("latin1").on("data", (text: string) => this.#take(text));
    socket.on("close", () => this.#done(new Error(`the connection was closed: ${this.#text}`)));
  }

  /** `status`: what every response must have. */
  static async open(url: string, status: number): Promise<Pipeline> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new Pipeline(socket, status);
  }

  /** Sends whole requests at once, and waits for all of their responses. @throws Error with what came, when that is something else */
  send(requests: readonly string[]): Promise<void> {
    this.#left = requests.length;
    return new Promise((resolve, reject) => {
      this.#done = (error) => (error === undefined ? resolve() : reject(error));
      this.#socket.write(requests.join(""));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Takes whole responses, each of which has a Content-Length, off the front of what has come. */
  #take(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf("\r\n\r\n"); end >= 0; end = this.#text.indexOf("\r\n\r\n")) {
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text)?.[1]);
      if (!this.#text.startsWith(this.#expected)) {
        this.#done(new Error(this.#text));
        return;
      }
      if (this.#text.length < end + 4 + length) return;
      this.#text = this.#text.slice(end + 4 + length);
      if (--this.#left === 0) this.#done();
    }
  }
}
