/**
 * Asking other nodes to give back what they have borrowed of a counter, before a request is refused for want of it. A node that does not respond in
 * time has probably ended: what it has borrowed counts until its time has passed, and for a while nobody waits for it.
 */
import type { BankNotice } from "../../stores/bank-contract.ts";
import type { After } from "./bank-in-time.ts";

/** A node that runs gives back within some milliseconds. */
const PATIENCE_MS = 250;
/** How long a node that did not respond is not waited for. */
const SUSPECT_MS = 5_000;

interface Recall {
  readonly asked: Set<string>;
  readonly missing: Set<string>;
  readonly cancel: () => void;
}

interface RecallOptions {
  readonly now: () => number;
  readonly after: After;
  readonly tell: (notice: BankNotice) => void;
  /** All have responded, or their time is over: ask the bank again. */
  readonly over: (counterId: string) => void;
}

export class Recalls {
  readonly #options: RecallOptions;
  readonly #open = new Map<string, Recall>();
  readonly #suspects = new Map<string, number>();

  constructor(options: RecallOptions) {
    this.#options = options;
  }

  /** Whether a recall is being waited for. */
  isOpen(counterId: string): boolean {
    return (this.#open.get(counterId)?.missing.size ?? 0) > 0;
  }

  /** Recalls from those lenders that may still respond and were not asked already. False when nobody is waited for: the bank's answer is final. */
  begin(counterId: string, lenders: readonly string[], needed: number): boolean {
    const asked = this.#open.get(counterId)?.asked;
    const nodes = lenders.filter((node) => asked?.has(node) !== true && !this.#isSuspect(node));
    if (nodes.length === 0) return this.isOpen(counterId);
    this.end(counterId);
    const cancel = this.#options.after(PATIENCE_MS, () => this.#giveUp(counterId));
    this.#open.set(counterId, { asked: new Set([...(asked ?? []), ...nodes]), missing: new Set(nodes), cancel });
    this.#options.tell({ kind: "recall", counterId, nodes, needed });
    return true;
  }

  /** A node says that it has given back. */
  responded(counterId: string, node: string): void {
    this.#suspects.delete(node);
    const recall = this.#open.get(counterId);
    if (recall?.missing.delete(node) !== true || recall.missing.size > 0) return;
    recall.cancel();
    this.#options.over(counterId);
  }

  /** The requests that it was for have been decided. */
  end(counterId: string): void {
    this.#open.get(counterId)?.cancel();
    this.#open.delete(counterId);
  }

  #giveUp(counterId: string): void {
    const recall = this.#open.get(counterId);
    if (recall === undefined) return;
    for (const node of recall.missing) this.#suspects.set(node, this.#options.now() + SUSPECT_MS);
    recall.missing.clear();
    this.#options.over(counterId);
  }

  #isSuspect(node: string): boolean {
    const until = this.#suspects.get(node);
    if (until === undefined) return false;
    if (this.#options.now() < until) return true;
    this.#suspects.delete(node);
    return false;
  }
}
