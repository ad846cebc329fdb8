/** What happens to a cluster while it works, drawn at random. */
import type { Cluster, ProofNode } from "./cluster.ts";

type Draw = (from: number, to: number) => number;
type Fault = (cluster: Cluster, node: ProofNode, draw: Draw) => Promise<void>;

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

const FAULTS: Readonly<Record<string, Fault>> = {
  async stopped(_cluster, node, draw) {
    node.isAway = true;
    node.signal("SIGSTOP");
    await wait(draw(50, 8_000));
    node.signal("SIGCONT");
    node.isAway = false;
  },
  async killed(_cluster, node, draw) {
    node.isAway = true;
    await node.end("SIGKILL");
    await wait(draw(0, 4_000));
    await node.start();
  },
  async upgraded(_cluster, node) {
    node.isAway = true;
    await node.end("SIGTERM");
    await node.start();
  },
  async reset(_cluster, { proxy }) {
    proxy.reset();
  },
  async slow(_cluster, { proxy }, draw) {
    proxy.delayMs = draw(1, 300);
    await wait(draw(500, 4_000));
    proxy.delayMs = 0;
  },
  async parted(_cluster, { proxy }, draw) {
    proxy.isSilent = true;
    await wait(draw(200, 9_000));
    proxy.heal();
  },
  async clockMoved(_cluster, node, draw) {
    const aheadMs = draw(-1, 1) * 10 ** draw(1, 7);
    node.moveClock(aheadMs);
    await wait(draw(100, 5_000));
    node.moveClock(0);
  },
  async databaseRestarted(cluster, _node, draw) {
    await cluster.restartPostgres(draw(0, 1) < 0.5 ? "SIGINT" : "SIGQUIT");
  },
};

/** Runs one fault after the other, each on a node of its own choice, until `isOver`. Counts them by name. */
export async function makeFaults(cluster: Cluster, draw: Draw, isOver: () => boolean, counts: Record<string, number>): Promise<void> {
  const names = Object.keys(FAULTS);
  while (!isOver()) {
    await wait(draw(100, 2_000));
    const name = names[Math.floor(draw(0, names.length))] as string;
    const node = cluster.nodes[Math.floor(draw(0, cluster.nodes.length))] as ProofNode;
    counts[name] = (counts[name] ?? 0) + 1;
    await FAULTS[name]?.(cluster, node, draw);
  }
}
