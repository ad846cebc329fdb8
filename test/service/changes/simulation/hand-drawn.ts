/** Histories that chance hardly ever draws: each is the one in which a certain mistake shows. The messages in them take a millisecond or two. */
import { SimulatedDatabase } from "./database.ts";
import type { Deliberate } from "./simulate.ts";
import { addKey, SECRETS, SimulatedNode } from "./simulated-node.ts";
import { VirtualTime } from "./virtual-time.ts";

const PRESENTED = "pk_the-key-of-a-history-drawn-by-hand";
const LOOKUP = SECRETS.digest(PRESENTED);

/** Whether a node accepts the key in a request that began after its revocation had been answered. */
export type Scene = (deliberate: Deliberate) => Promise<boolean>;

function scene(deliberate: Deliberate) {
  const time = new VirtualTime();
  const calm = () => 0.5;
  const database = new SimulatedDatabase(time, calm, deliberate.database);
  addKey(database, LOOKUP, "the key");
  const node = (id: string) => new SimulatedNode(id, time, calm, database, deliberate);
  const pass = (milliseconds: number) => time.passTo(time.now + milliseconds);
  const accepts = async ({ verifier }: SimulatedNode): Promise<boolean> => {
    const verdict = verifier.verify(PRESENTED);
    let isAccepted = false;
    Promise.resolve(verdict).then(
      ({ valid }) => {
        isAccepted = valid;
      },
      () => undefined,
    );
    // Longer than any read takes here, and than one that is lost: it rejects, or never returns.
    await pass(20);
    return isAccepted;
  };
  async function revoke(changer: SimulatedNode): Promise<void> {
    let isAnswered = false;
    void changer.revoke(LOOKUP, "the key").then(() => {
      isAnswered = true;
    });
    for (let turn = 0; turn < 400 && !isAnswered; turn++) await pass(5);
    if (!isAnswered) throw new Error("the revocation was not answered");
  }
  return { database, node, pass, accepts, revoke };
}

/** The response of a renewal is long under way. Meanwhile the node is cut off, and a change is made. */
export const lateRenewal: Scene = async (deliberate) => {
  const { database, node, pass, accepts, revoke } = scene(deliberate);
  const [changer, other] = [node("changer"), node("other")];
  void changer.node.start();
  void other.node.start();
  await pass(20);
  await accepts(other);
  database.held.renewed = 250;
  // The next renewal has taken its snapshot, and its response is on its way.
  await pass(320);
  other.isCutOff = true;
  await revoke(changer);
  return accepts(other);
};

/** A node joins slowly. It reads the key before, and the key is revoked before others can see the node. */
export const slowJoin: Scene = async (deliberate) => {
  const { database, node, pass, accepts, revoke } = scene(deliberate);
  const [changer, other] = [node("changer"), node("other")];
  void changer.node.start();
  await pass(20);
  database.held.join = 200;
  void other.node.start();
  await pass(20);
  await accepts(other);
  await revoke(changer);
  await pass(180);
  return accepts(other);
};

/** A node that was stopped goes on, and renews its lease while another is about to evict it. Then it is cut off. */
export const lateEviction: Scene = async (deliberate) => {
  const { database, node, pass, accepts, revoke } = scene(deliberate);
  const [changer, other] = [node("changer"), node("other")];
  void changer.node.start();
  void other.node.start();
  await pass(500);
  other.machine.stop(60_000);
  database.held.evict = 200;
  for (let turn = 0; turn < 1_000 && database.evictions === 0; turn++) await pass(5);
  other.machine.goOn();
  await pass(20);
  await accepts(other);
  other.isCutOff = true;
  await pass(250);
  await revoke(changer);
  return accepts(other);
};

/** A machine sleeps for longer than a lease, and its monotonic clock stands still. It is asked as it wakes. */
export const sleepingMachine: Scene = async (deliberate) => {
  const { node, pass, accepts, revoke } = scene(deliberate);
  const [changer, other] = [node("changer"), node("other")];
  void changer.node.start();
  void other.node.start();
  await pass(20);
  await accepts(other);
  other.machine.sleep(60_000);
  await revoke(changer);
  return accepts(other);
};
