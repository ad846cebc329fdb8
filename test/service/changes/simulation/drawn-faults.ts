/** What goes wrong in a drawn history. Each fault begins when it is drawn, and most end after a drawn while. */
import type { SimulatedDatabase } from "./database.ts";
import { LEASE_MS, type SimulatedNode } from "./simulated-node.ts";
import type { VirtualTime } from "./virtual-time.ts";

interface Scope {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly database: SimulatedDatabase;
  /** Starts another process in place of a node. */
  readonly replace: (node: SimulatedNode) => void;
}

export function drawnFaults({ time, random, database, replace }: Scope): readonly ((node: SimulatedNode) => void)[] {
  const whileMs = () => random() ** 2 * 3 * LEASE_MS;
  /** A machine that sleeps and whose wall clock is set back by as much at the same time cannot know of it (docs/decisions/0026): not drawn. */
  const quietUntil = new WeakMap<SimulatedNode, number>();
  /** `lastsMs`: a process that is stopped sleeps after that, which takes 3 leases at most. */
  const alone = (node: SimulatedNode, lastsMs: number, run: () => void) => {
    if (time.now < (quietUntil.get(node) ?? 0)) return;
    quietUntil.set(node, time.now + lastsMs + 2 * LEASE_MS);
    run();
  };
  const endAfterAWhile = (end: () => void) => time.at(time.now + whileMs(), end);
  return [
    // SIGSTOP is what a garbage collection, a swapping machine and a live migration look like.
    (node) => node.machine.stop(whileMs()),
    (node) => node.machine.stop(whileMs()),
    (node) => {
      const ms = whileMs();
      alone(node, ms + 3 * LEASE_MS, () => node.machine.sleep(ms));
    },
    (node) => {
      const ms = (random() - 0.5) * 10_000;
      alone(node, 0, () => node.machine.setWall(ms));
    },
    // kill -9, and another process in its place.
    (node) => {
      node.machine.isAlive = false;
      endAfterAWhile(() => replace(node));
    },
    // A graceful stop, as in a rolling upgrade: what it still serves asks the database.
    (node) => {
      void node.node.stop();
      endAfterAWhile(() => replace(node));
    },
    (node) => {
      node.isCutOff = true;
      endAfterAWhile(() => {
        node.isCutOff = false;
      });
    },
    () => {
      database.isDown = true;
      endAfterAWhile(() => {
        database.isDown = false;
      });
    },
    () => {
      database.lossRate = random() * 0.5;
      endAfterAWhile(() => {
        database.lossRate = 0;
      });
    },
    () => {
      database.slowMs = random() * 300;
      endAfterAWhile(() => {
        database.slowMs = 0;
      });
    },
    () => database.prune(),
  ];
}
