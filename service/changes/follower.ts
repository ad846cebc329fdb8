/** Applies the change feed to memory, in order and without gaps. */
import type { NodeStore } from "../../stores/node-contract.ts";
import { sharedRun } from "../shared-run.ts";
import type { ApplyChange } from "./apply-change.ts";

interface FollowerOptions {
  readonly changesAfter: NodeStore["changesAfter"];
  readonly apply: ApplyChange;
}

const PAGE = 500;

export class Follower {
  /** Applies everything that the feed has when the read begins, or more. False: rows are missing, and memory must be emptied. */
  readonly follow: () => Promise<boolean>;
  readonly #options: FollowerOptions;
  #applied = -1;
  /** Counts restarts: a read from before one is not believed. */
  #start = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.follow = sharedRun(() => this.#readOn());
  }

  /** The number of the last change that was applied; -1 before the first start. */
  get applied(): number {
    return this.#applied;
  }

  /** Memory is empty, and was emptied after the head of the feed was read as `head`. */
  startAt(head: number): void {
    this.#start++;
    this.#applied = head;
  }

  async #readOn(): Promise<boolean> {
    const start = this.#start;
    for (;;) {
      const rows = await this.#options.changesAfter(this.#applied, PAGE);
      if (start !== this.#start) return true;
      for (const { sequence, changes } of rows) {
        // Pruned, or the database was put back to an earlier state.
        if (sequence !== this.#applied + 1) return false;
        for (const change of changes) this.#options.apply(change);
        this.#applied = sequence;
      }
      if (rows.length < PAGE) return true;
    }
  }
}
