/** A drawn history of several nodes: what clients ask and change, what goes wrong meanwhile, and whether what was answered held. */

import { randomFrom } from "../../../support/random.ts";
import { type DatabaseFaults, SimulatedDatabase } from "./database.ts";
import { drawnFaults } from "./drawn-faults.ts";
import { addKey, LEASE_MS, type NodeFaults, SECRETS, SimulatedNode } from "./simulated-node.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Deliberate extends NodeFaults {
  readonly database?: DatabaseFaults;
}

interface Tally {
  verifications: number;
  /** Accepted without asking the database. */
  fromMemory: number;
  /** Accepted by the database because there was no lease, or nothing in memory. */
  fromDatabase: number;
  changes: number;
  faults: number;
  /** Each says what was answered and did not hold. */
  violations: string[];
}

export const emptyTally = (): Tally => ({ verifications: 0, fromMemory: 0, fromDatabase: 0, changes: 0, faults: 0, violations: [] });

interface TestKey {
  readonly id: string;
  readonly presented: string;
  readonly lookup: string;
  state: "drawn" | "creating" | "created" | "revoking" | "revoked";
  /** Real times at which the response was sent; infinity before. */
  createdAt: number;
  revokedAt: number;
}

const NODES = 3;
const HISTORY_MS = 20_000;
const VERIFY_EVERY_MS = 12;
const CHANGE_EVERY_MS = 150;
const FAULT_EVERY_MS = 700;
/** Of these keys, the last to be drawn, some do not exist yet and some are revoked already. */
const KEYS_IN_USE = 8;
/** Then nothing goes wrong any more, and a change is answered at once. */
const QUIET_MS = 5 * LEASE_MS;
/** The wakeup may be lost all the same: then the next renewal brings the change. */
const LATE_CHANGE_MS = LEASE_MS / 2;

export async function simulateHistory(seed: number, tally: Tally, deliberate: Deliberate = {}): Promise<void> {
  const random = randomFrom(seed);
  const time = new VirtualTime();
  const database = new SimulatedDatabase(time, random, deliberate.database);
  const nodes: SimulatedNode[] = [];
  const keys: TestKey[] = [];
  let started = 0;

  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
  const soon = (meanMs: number) => -Math.log(1 - random()) * meanMs;
  const violation = (sentence: string) => tally.violations.push(`seed ${seed}: ${sentence}`);

  function start(at: number): void {
    const node = new SimulatedNode(`node_${started++}`, time, random, database, deliberate);
    nodes[at] = node;
    void node.node.start();
  }

  /** Unless another has taken its place already. */
  function replace(node: SimulatedNode): void {
    const at = nodes.indexOf(node);
    if (at >= 0) start(at);
  }

  function drawKey(): void {
    const presented = `pk_key-${keys.length}-of-history-${seed}`;
    const never = Number.POSITIVE_INFINITY;
    keys.push({
      id: `key_${keys.length}`,
      presented,
      lookup: SECRETS.digest(presented),
      state: "drawn",
      createdAt: never,
      revokedAt: never,
    });
  }

  async function judge(node: SimulatedNode, key: TestKey, began: number): Promise<void> {
    const verdict = node.verifier.verify(key.presented);
    const isAtOnce = !(verdict instanceof Promise);
    const { code } = await Promise.resolve(verdict).catch(() => ({ code: "unavailable" }));
    tally.verifications++;
    if (code === "valid") tally[isAtOnce ? "fromMemory" : "fromDatabase"]++;
    const said = `${key.id} was ${code} at a request that began at ${began.toFixed(1)} and was judged at ${time.now.toFixed(1)}`;
    if (code === "valid" && key.revokedAt < began) violation(`${said}; revoked at ${key.revokedAt.toFixed(1)}`);
    if (code === "not_found" && key.createdAt < began) violation(`${said}; created at ${key.createdAt.toFixed(1)}`);
  }

  function verify(): void {
    const [node, key, began] = [pick(nodes), pick(keys.slice(-KEYS_IN_USE)), time.now];
    // On its way to the node.
    time.at(time.now + soon(1), () => node.machine.deliver(() => void judge(node, key, began)));
  }

  /** The next change of the key; undefined when there is none, or one is under way. */
  async function change(node: SimulatedNode, key: TestKey): Promise<void> {
    if (key.state === "drawn") {
      key.state = "creating";
      await node.create(key.lookup, key.id);
      key.state = "created";
      key.createdAt = time.now;
    } else if (key.state === "created") {
      key.state = "revoking";
      await node.revoke(key.lookup, key.id);
      key.state = "revoked";
      key.revokedAt = time.now;
    } else return drawKey();
    tally.changes++;
  }

  function changeSomething(): void {
    const [node, key] = [pick(nodes), pick(keys.slice(-KEYS_IN_USE))];
    // Nobody was promised anything when it failed.
    node.machine.deliver(() => void change(node, key).catch(() => undefined));
  }

  /** Changes are answered in time again when nothing goes wrong. */
  async function changeInQuiet(): Promise<void> {
    const [node] = nodes as [SimulatedNode];
    drawKey();
    const [key, began] = [keys.at(-1) as TestKey, time.now];
    void change(node, key).catch(() => undefined);
    await time.passTo(began + LATE_CHANGE_MS);
    if (key.createdAt > time.now) violation(`nothing was wrong, and a change that began at ${began.toFixed(1)} was not answered in time`);
  }

  for (let at = 0; at < NODES; at++) start(at);
  for (let count = 0; count < KEYS_IN_USE; count++) drawKey();
  for (const key of keys.slice(0, -2)) {
    Object.assign(key, { state: "created", createdAt: 0 });
    addKey(database, key.lookup, key.id);
  }
  const faults = drawnFaults({ time, random, database, replace });
  const repeat = (meanMs: number, until: number, run: () => void) => {
    const next = () => {
      const at = time.now + soon(meanMs);
      if (at > until) return;
      time.at(at, () => {
        run();
        next();
      });
    };
    next();
  };
  repeat(VERIFY_EVERY_MS, HISTORY_MS + QUIET_MS, verify);
  repeat(CHANGE_EVERY_MS, HISTORY_MS, changeSomething);
  repeat(FAULT_EVERY_MS, HISTORY_MS, () => {
    tally.faults++;
    pick(faults)(pick(nodes));
  });
  await time.passTo(HISTORY_MS);
  Object.assign(database, { isDown: false, lossRate: 0, lateRate: 0, slowMs: 0 });
  for (const node of nodes) node.isCutOff = false;
  await time.passTo(HISTORY_MS + QUIET_MS);
  await changeInQuiet();
}
