/** A request of a counter that nobody keeps in memory, as `Keyward.countTogether` counts it: the counter enters for it, and leaves with it. */
import type { Limits } from "../../../engine/api-key.ts";
import type { Node } from "./bank-node.ts";
import type { Observer } from "./observer.ts";

export function attempt(node: Node, id: number, limits: Limits, observer: Observer): true {
  const { limiter, clocks, rate } = node;
  const counter = limiter.enter(String(id), limits);
  if (counter === undefined) throw new Error("a counter without limits");
  observer.arrive(id, limits);
  const began = clocks.monotonic();
  const ask = async (): Promise<void> => {
    try {
      const admitsAt = await limiter.admit(counter, limits, began, false);
      const retryInMs = (admitsAt - clocks.monotonic()) / rate;
      observer.note({ id, limits, waited: true, isAdmitted: admitsAt === 0, ...node.decision(id), retryInMs });
    } catch {
      observer.noteUnavailable();
    } finally {
      if (node.isAlive) limiter.leave(counter);
    }
  };
  void ask();
  return true;
}
