/**
 * The order of every change: committed in the store, then applied to memory, then, where there are other nodes, applied there or outlasted, and
 * only then acknowledged to the caller.
 */
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

/**
 * `settled` resolves when no other node answers by what was true before its call; absent on the embedded database. It is waited for even if
 * nothing was changed: a key that is revoked already may have been revoked by another node a moment ago, which still waits itself. Nobody waits
 * when the store failed: nothing is promised then.
 */
export function committer(apply: ApplyChange, settled?: () => Promise<void>): Commit {
  return async (run, changesOf) => {
    let result: Awaited<ReturnType<typeof run>> | undefined;
    try {
      result = await run();
    } finally {
      const changes = changesOf(result);
      for (const change of changes instanceof Promise ? await changes : changes) apply(change);
    }
    if (settled !== undefined) await settled();
    return result;
  };
}
