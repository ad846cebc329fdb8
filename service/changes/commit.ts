/** The order of every change: committed in the store, then applied to memory, then acknowledged to the caller. */

import type { StateChange } from "../../engine/state-change.ts";
import type { ApplyChange } from "./apply-change.ts";

/**
 * Runs a change of the store and applies what it means for memory, before it resolves. `changesOf` gets the result of the store; undefined when
 * the store failed. It is then unknown whether the change happened: return every change that it may have made.
 */
export type Commit = <Result>(
  run: () => Promise<Result>,
  changesOf: (result: Result | undefined) => readonly StateChange[] | Promise<readonly StateChange[]>,
) => Promise<Result>;

export function committer(apply: ApplyChange): Commit {
  return async (run, changesOf) => {
    let result: Awaited<ReturnType<typeof run>> | undefined;
    try {
      result = await run();
      return result;
    } finally {
      const changes = changesOf(result);
      for (const change of changes instanceof Promise ? await changes : changes) apply(change);
    }
  };
}
