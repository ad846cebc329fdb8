/**
 * Proof by many histories: clients use several nodes while these are stopped, killed, cut off and confused, and every answer is checked.
 * `npm run prove` runs it for as many operations as are asked for; the tests run a short one.
 */
import { randomFrom } from "../support/random.ts";
import { Cluster, type ProofNode } from "./cluster.ts";
import { makeFaults } from "./faults.ts";
import { Counter, KnownKey } from "./history.ts";

interface ProofOptions {
  /** A directory that other users can reach, for PostgreSQL does not run as root. */
  readonly directory: string;
  readonly seed: number;
  readonly operations: number;
  readonly nodes?: number;
  /** Called about once a second. */
  readonly onProgress?: (operations: number) => void;
}

interface Proof {
  readonly operations: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** One sentence each. */
  readonly violations: readonly string[];
  readonly seconds: number;
}

const VERIFIERS = 24;
const CHANGERS = 12;
const KEYS = 60;
const LIMITS = [30, 120, 600, 3_000];
/** Clients that may wait for a node that is away; the others use the rest. */
const MOST_WAITING = 4;
const ORGANIZATIONS = 4;

export async function prove({ directory, seed, operations, nodes = 3, onProgress }: ProofOptions): Promise<Proof> {
  const cluster = await Cluster.start(directory, nodes);
  const run = new Run(cluster, seed, operations);
  try {
    return await run.toEnd(onProgress);
  } finally {
    await cluster.stop();
  }
}

class Run {
  readonly #cluster: Cluster;
  readonly #random: () => number;
  readonly #most: number;
  readonly #keys: KnownKey[] = [];
  /** Every key whose fate is known, for the comparison at the end. */
  readonly #all: KnownKey[] = [];
  readonly #counters = new Set<Counter>();
  readonly #organizations: string[] = [];
  readonly #byKind: Record<string, number> = {};
  readonly #verdicts: Record<string, number> = {};
  readonly #violations: string[] = [];
  #operations = 0;
  #waiting = 0;

  constructor(cluster: Cluster, seed: number, most: number) {
    this.#cluster = cluster;
    this.#random = randomFrom(seed);
    this.#most = most;
  }

  async toEnd(onProgress: ((operations: number) => void) | undefined): Promise<Proof> {
    const began = performance.now();
    await this.#prepare();
    const faults: Record<string, number> = {};
    const isOver = () => this.#operations >= this.#most || this.#violations.length > 20;
    const ticking = setInterval(() => {
      this.#checkWindows();
      onProgress?.(this.#operations);
    }, 1_000);
    const repeated = async (step: () => Promise<void>) => {
      while (!isOver()) await step();
    };
    await Promise.all([
      ...Array.from({ length: VERIFIERS }, () => repeated(() => this.#verifySome())),
      ...Array.from({ length: CHANGERS }, () => repeated(() => this.#changeSome())),
      makeFaults(this.#cluster, (from, to) => from + this.#random() * (to - from), isOver, faults),
    ]);
    clearInterval(ticking);
    this.#checkWindows();
    await this.#compareAtEnd();
    return {
      operations: this.#operations,
      byKind: this.#byKind,
      verdicts: this.#verdicts,
      faults,
      violations: this.#violations,
      seconds: (performance.now() - began) / 1_000,
    };
  }

  async #prepare(): Promise<void> {
    const [node] = this.#cluster.nodes as [ProofNode];
    for (let at = 0; at < ORGANIZATIONS; at++)
      this.#organizations.push((await node.ask("POST", "/keyward/v1/organizations", { name: `Proof ${at}` })).json.id);
    while (this.#keys.length < KEYS) await this.#create();
  }

  /** Each verification goes to a key of its own choice, a few to those that have just been changed. */
  async #verifySome(): Promise<void> {
    const key = this.#pick(this.#keys);
    if (key !== undefined) await this.#verify(key, this.#node());
  }

  async #verify(known: KnownKey, node: ProofNode): Promise<void> {
    const { status, json, began, ended } = await this.#ask(node, "verify", "POST", "/keyward/v1/verify", { key: known.key });
    if (status !== 200) return this.#count(this.#verdicts, `no verdict (${status})`);
    const { code } = json;
    this.#count(this.#verdicts, code);
    if (code === "valid") known.counter.admitted(began, ended);
    const fault = known.fault({ node: node.number, began, ended, code });
    if (fault !== undefined) this.#violations.push(fault);
  }

  async #changeSome(): Promise<void> {
    const drawn = this.#random();
    if (drawn < 0.06) return this.#claim();
    if (this.#keys.length < KEYS || drawn < 0.3) await this.#create();
    const known = this.#pick(this.#keys.filter(({ isBusy }) => !isBusy));
    if (known === undefined) return;
    known.isBusy = true;
    try {
      if (drawn < 0.35) await this.#rotate(known);
      else if (drawn < 0.6) await this.#switch(known);
      else if (drawn < 0.75) await this.#limit(known);
      else if (this.#keys.length >= KEYS) await this.#revoke(known);
    } finally {
      known.isBusy = false;
    }
  }

  async #create(): Promise<void> {
    const organizationId = this.#pick(this.#organizations) as string;
    const limit = this.#random() < 0.7 ? this.#pick(LIMITS) : undefined;
    const body = limit === undefined ? {} : { limits: { requestsPerMinute: limit } };
    const { status, json, ended } = await this.#ask(
      this.#node(),
      "create",
      "POST",
      `/keyward/v1/organizations/${organizationId}/keys`,
      body,
    );
    if (status === 201) this.#know(new KnownKey(json.id, json.key, organizationId, ended, this.#counter(limit)));
  }

  #counter(limit: number | undefined): Counter {
    const counter = new Counter(limit);
    this.#counters.add(counter);
    return counter;
  }

  /** Asked of all nodes at once when it has been answered: none may know better. */
  #know(known: KnownKey): void {
    this.#keys.push(known);
    this.#all.push(known);
    for (const node of this.#cluster.nodes) if (!node.isAway) void this.#verify(known, node);
  }

  async #revoke(known: KnownKey): Promise<void> {
    const change = known.begin("revoke");
    const { status, ended } = await this.#ask(this.#node(), "revoke", "DELETE", this.#path(known));
    if (status === 204) change.done(ended);
    else if (status >= 400 && status < 500) this.#violations.push(`a revocation was refused with ${status}: key ${known.id}`);
    this.#keys.splice(this.#keys.indexOf(known), 1);
    await Promise.all(this.#cluster.nodes.filter(({ isAway }) => !isAway).map((node) => this.#verify(known, node)));
  }

  async #switch(known: KnownKey): Promise<void> {
    const last = known.changes.findLast(({ kind }) => kind === "disable" || kind === "enable");
    const kind = last?.kind === "disable" ? "enable" : "disable";
    const change = known.begin(kind);
    const { status, ended } = await this.#ask(this.#node(), kind, "PATCH", this.#path(known), { enabled: kind === "enable" });
    if (status === 200) change.done(ended);
    else if (status >= 400 && status < 500) change.undone();
    await Promise.all(this.#cluster.nodes.filter(({ isAway }) => !isAway).map((node) => this.#verify(known, node)));
  }

  async #limit(known: KnownKey): Promise<void> {
    if (known.counter.limits.length === 0) return;
    const limit = this.#pick(LIMITS) as number;
    const change = known.begin("limit", limit);
    const { status, ended } = await this.#ask(this.#node(), "limit", "PATCH", this.#path(known), { limits: { requestsPerMinute: limit } });
    if (status === 200) change.done(ended);
    else if (status >= 400 && status < 500) change.undone();
  }

  /** On two nodes at once: one of them makes the successor. */
  async #rotate(known: KnownKey): Promise<void> {
    const asked = [this.#node(), this.#node()].map((node) => this.#ask(node, "rotate", "POST", `${this.#path(known)}/rotate`, {}));
    const made = (await Promise.all(asked)).filter(({ status }) => status === 201);
    if (made.length > 1) this.#violations.push(`two successors: key ${known.id}`);
    for (const { json, ended } of made) {
      const successor = new KnownKey(json.id, json.key, known.organizationId, ended, known.counter);
      successor.changes.push(...known.switches);
      this.#know(successor);
    }
    this.#keys.splice(this.#keys.indexOf(known), 1);
  }

  /** Two organizations claim one key on two nodes at once. */
  async #claim(): Promise<void> {
    const made = await this.#ask(this.#node(), "create unclaimed", "POST", "/api-keys", {});
    if (made.status !== 201) return;
    const [one, other] = this.#organizations as [string, string];
    const claims = await Promise.all(
      [one, other].map((id) =>
        this.#ask(this.#node(), "claim", "POST", `/keyward/v1/organizations/${id}/keys/claim`, { key: made.json.key }),
      ),
    );
    const winners = claims.filter(({ status }) => status === 200);
    if (winners.length > 1) this.#violations.push(`a key was claimed twice: ${made.json.id}`);
    const [winner] = winners;
    if (winner === undefined) return;
    const owner = winner.json.organizationId;
    const { status, json } = await this.#ask(this.#node(), "read", "GET", `/keyward/v1/organizations/${owner}/keys/${made.json.id}`);
    if (status === 200 && json.organizationId !== owner) this.#violations.push(`a claimed key has another owner: ${made.json.id}`);
    if (status === 404) this.#violations.push(`a claim that was answered is lost: ${made.json.id}`);
  }

  /** When everything works again, every node says the same of every key, and what was answered. */
  async #compareAtEnd(): Promise<void> {
    for (const node of this.#cluster.nodes) {
      node.proxy.delayMs = 0;
      node.proxy.heal();
      node.moveClock(0);
    }
    for (const known of this.#all) {
      const codes = new Set<string>();
      for (const node of this.#cluster.nodes) codes.add(await this.#codeAtEnd(known, node));
      if (codes.size > 1) this.#violations.push(`at the end, nodes differ about key ${known.id}: ${[...codes].join(", ")}`);
    }
  }

  async #codeAtEnd(known: KnownKey, node: ProofNode): Promise<string> {
    for (let tries = 0; tries < 40; tries++) {
      const { status, json, began, ended } = await this.#ask(node, "verify", "POST", "/keyward/v1/verify", { key: known.key });
      if (status === 200) {
        const fault = known.fault({ node: node.number, began, ended, code: json.code });
        if (fault !== undefined) this.#violations.push(`at the end: ${fault}`);
        return json.code === "rate_limited" ? "valid" : json.code;
      }
      await new Promise((done) => setTimeout(done, 250));
    }
    this.#violations.push(`at the end, node ${node.number} has no verdict`);
    return "none";
  }

  #checkWindows(): void {
    for (const counter of this.#counters) {
      const { over } = counter.excess(performance.now());
      if (over > 0) this.#violations.push(`a minute had ${over} requests more than its limit: ${JSON.stringify(counter.limits)}`);
    }
  }

  async #ask(node: ProofNode, kind: string, ...request: Parameters<ProofNode["ask"]>) {
    this.#operations++;
    this.#count(this.#byKind, kind);
    if (node.isAway) this.#waiting++;
    const wasAway = node.isAway;
    const answer = await node.ask(...request);
    if (wasAway) this.#waiting--;
    // A node that does not run refuses at once.
    if (answer.status === 0) await new Promise((done) => setTimeout(done, 20));
    return answer;
  }

  /** A node that runs, mostly: what waits for one that is stopped shows what it does when it goes on. */
  #node(): ProofNode {
    const { nodes } = this.#cluster;
    const drawn = this.#pick(nodes) as ProofNode;
    if (!drawn.isAway || this.#waiting < MOST_WAITING) return drawn;
    return this.#pick(nodes.filter(({ isAway }) => !isAway)) ?? drawn;
  }

  #path({ organizationId, id }: KnownKey): string {
    return `/keyward/v1/organizations/${organizationId}/keys/${id}`;
  }

  #pick<Value>(values: readonly Value[]): Value | undefined {
    return values[Math.floor(this.#random() * values.length)];
  }

  #count(counts: Record<string, number>, name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }
}
