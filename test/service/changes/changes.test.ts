/** Which change each operation makes of what memory holds, and what applying one drops. */
import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { parseCredential } from "../../../engine/credential-form.ts";
import { idFactory } from "../../../engine/id.ts";
import type { StateChange } from "../../../engine/state-change.ts";
import { agentpay } from "../../../platforms/agentpay.ts";
import { agentsgt } from "../../../platforms/agentsgt.ts";
import type { Platform } from "../../../platforms/define.ts";
import { keyward as keywardPlatform } from "../../../platforms/keyward.ts";
import { changeApplier } from "../../../service/changes/apply-change.ts";
import { committer } from "../../../service/changes/commit.ts";
import { ENDLESS } from "../../../service/changes/lease.ts";
import { Clocks } from "../../../service/clocks.ts";
import { MemoryLimiter } from "../../../service/limiting/memory-limiter.ts";
import { operationsOver } from "../../../service/operations.ts";
import { RefusalRecorder } from "../../../service/refusals/refusal-recorder.ts";
import { deriveSecrets } from "../../../service/secrets.ts";
import { serviceTokenCache } from "../../../service/service-tokens.ts";
import { type Store, StoreUnavailable } from "../../../stores/contract.ts";
import { openSqlite } from "../../../stores/sqlite/open.ts";
import { traceDirectory } from "../../support/root.ts";
import { keyOf, must } from "../../support/service.ts";

const secrets = deriveSecrets({ id: 1, secret: "test-secret-test-secret-test-secret" });
const NOW = Date.UTC(2026, 10, 20, 12);

/** The operations over a real store, with a record of what they change. A method that is in `failing` commits, and then fails. */
async function world(platform: Platform = keywardPlatform, inMemory: string | undefined = undefined) {
  const opened = await openSqlite({ directory: traceDirectory("changes") });
  onTestFinished(() => opened.close());
  const failing = new Set<string>();
  const store = new Proxy(opened.store, {
    get: (target, name: keyof Store & string) =>
      failing.has(name)
        ? async (...values: never[]) => {
            await (target[name] as (...values: never[]) => unknown)(...values);
            throw new StoreUnavailable("the connection was lost after the commit");
          }
        : target[name],
  });
  const clock = { now: NOW };
  const clocks = new Clocks(() => clock.now, { id: "test", now: () => clock.now });
  const newId = idFactory(randomBytes);
  const seen: StateChange[] = [];
  const operations = operationsOver({
    ...{ system: platform, environments: platform.environments, store, secrets, clocks, lease: ENDLESS, randomBytes, newId },
    memory: { lastUseOf: () => 0, isRateLimited: () => false, idInMemory: () => inMemory },
    limiter: new MemoryLimiter({ clocks, store, forgotten: () => undefined }),
    serviceTokens: serviceTokenCache({ store, secrets, mover: { note: () => undefined } }),
    commit: committer((change) => void seen.push(change)),
    changeBy: (actor, at) => ({ auditId: newId({ prefix: "evt_", spelling: "ulid" }, at), actor: String(actor), at }),
    flush: async () => undefined,
    whyEnded: async () => undefined,
    refusalRecorder: new RefusalRecorder({
      record: store.recordRefusals,
      newId,
      clock: clocks.wall,
      harmless: (text) => text,
      harmlessPath: (target) => target,
    }),
  });
  const { id: organization } = must(await operations.organizations.create({ name: "Acme" }, "operator"));
  const newKey = async () => {
    const issued = must(await operations.keys.create(organization, {}, "operator"));
    return { id: issued.apiKey.id, key: keyOf(issued) };
  };
  let fed: readonly StateChange[] = [];
  /** What the change means for memory, whether or not it fails. `fed` then has what it tells other nodes. */
  async function changesOf(change: () => Promise<unknown>): Promise<readonly StateChange[]> {
    const before = (await opened.store.changesAfter(0, 1_000)).at(-1)?.sequence ?? 0;
    seen.length = 0;
    await change().catch((error) => {
      if (!(error instanceof StoreUnavailable)) throw error;
    });
    fed = (await opened.store.changesAfter(before, 1_000)).flatMap(({ changes }) => changes);
    return [...seen];
  }
  return { ...operations, clock, failing, organization, newKey, changesOf, fed: () => fed };
}
type World = Awaited<ReturnType<typeof world>>;

const key = (subject: string): StateChange => ({ kind: "key", subject });
const organization = (subject: string): StateChange => ({ kind: "organization", subject });
const serviceToken = (subject: string): StateChange => ({ kind: "service_token", subject });
/** As the store finds it: by the digest of a secret, or by the public key of a pair. */
function credential(presented: string, platform: Platform = keywardPlatform): StateChange {
  const parsed = parseCredential(platform.keyForm, presented);
  if (!parsed.wellFormed) throw new Error("not a credential");
  return { kind: "credential", subject: parsed.publicKey ?? secrets.digest(parsed.secret ?? "") };
}

interface Row {
  readonly platform?: Platform;
  readonly run: (world: World) => Promise<{ changed: readonly StateChange[]; expected: readonly StateChange[] }>;
}

/** A change of one key of the organization. */
const ofKey = (change: (world: World, id: string) => Promise<unknown>, expected: (id: string) => StateChange[]): Row => ({
  async run(at) {
    const { id } = await at.newKey();
    return { changed: await at.changesOf(() => change(at, id)), expected: expected(id) };
  },
});

/** Nothing is left to tell other nodes: the first revocation has done so. */
const REPEATED = "revoking it again, while the first revocation may not have been applied yet";

const ROWS: [string, Row][] = [
  [
    "creating a key",
    {
      async run(at) {
        let presented = "";
        const changed = await at.changesOf(async () => {
          presented = keyOf(must(await at.keys.create(at.organization, {}, "operator")));
        });
        return { changed, expected: [credential(presented)] };
      },
    },
  ],
  [
    "creating a pair",
    {
      platform: agentsgt,
      async run(at) {
        let presented = "";
        const changed = await at.changesOf(async () => {
          presented = keyOf(must(await at.keys.create(at.organization, {}, "operator")));
        });
        return { changed, expected: [credential(presented, agentsgt)] };
      },
    },
  ],
  [
    "creating a key that nobody owns",
    {
      platform: agentpay,
      async run(at) {
        const changed = await at.changesOf(async () => must(await at.keys.createUnclaimed({ key: "pk_my_custom_value" })));
        return { changed, expected: [credential("pk_my_custom_value", agentpay)] };
      },
    },
  ],
  [
    "claiming a key",
    {
      platform: agentpay,
      async run(at) {
        const issued = must(await at.keys.createUnclaimed({}));
        const presented = keyOf(issued);
        const changed = await at.changesOf(async () => must(await at.keys.claim(at.organization, presented, "person")));
        return { changed, expected: [credential(presented, agentpay), key(issued.apiKey.id)] };
      },
    },
  ],
  [
    "changing its settings",
    ofKey(
      (at, id) => at.keys.update(at.organization, id, { name: "other" }, "operator"),
      (id) => [key(id)],
    ),
  ],
  [
    "disabling it",
    ofKey(
      (at, id) => at.keys.update(at.organization, id, { enabled: false }, "operator"),
      (id) => [key(id)],
    ),
  ],
  [
    "revoking it",
    ofKey(
      (at, id) => at.keys.revoke(at.organization, id, "operator"),
      (id) => [key(id)],
    ),
  ],
  [
    REPEATED,
    {
      async run(at) {
        const { id } = await at.newKey();
        must(await at.keys.revoke(at.organization, id, "operator"));
        return { changed: await at.changesOf(() => at.keys.revoke(at.organization, id, "operator")), expected: [key(id)] };
      },
    },
  ],
  [
    "rotating it",
    {
      async run(at) {
        const { id } = await at.newKey();
        let successor = "";
        const changed = await at.changesOf(async () => {
          successor = keyOf(must(await at.keys.rotate(at.organization, id, {}, "operator")));
        });
        return { changed, expected: [credential(successor), key(id)] };
      },
    },
  ],
  [
    "rotating it a second time within the overlap",
    {
      async run(at) {
        const { id } = await at.newKey();
        const { apiKey } = must(await at.keys.rotate(at.organization, id, {}, "operator"));
        let successor = "";
        const changed = await at.changesOf(async () => {
          successor = keyOf(must(await at.keys.rotate(at.organization, apiKey.id, {}, "operator")));
        });
        return { changed, expected: [credential(successor), key(apiKey.id), key(id)] };
      },
    },
  ],
  [
    "an organization's overrides",
    {
      async run(at) {
        const changed = await at.changesOf(() =>
          at.organizations.update(at.organization, { overrides: { requestsPerMinute: 7 } }, "operator"),
        );
        return { changed, expected: [organization(at.organization)] };
      },
    },
  ],
  [
    "an organization's plan",
    {
      platform: agentpay,
      async run(at) {
        const changed = await at.changesOf(() => at.organizations.update(at.organization, { plan: "pro" }, "operator"));
        return { changed, expected: [organization(at.organization)] };
      },
    },
  ],
  [
    "an organization's name, which no key depends on",
    {
      async run(at) {
        return { changed: await at.changesOf(() => at.organizations.update(at.organization, { name: "Other" }, "operator")), expected: [] };
      },
    },
  ],
  [
    "creating a service token",
    {
      async run(at) {
        let token = "";
        const changed = await at.changesOf(async () => {
          ({ token } = must(await at.serviceTokens.create({ name: "gateway" }, "operator")));
        });
        return { changed, expected: [{ kind: "credential", subject: secrets.digest(token) }] };
      },
    },
  ],
  [
    "revoking a service token",
    {
      async run(at) {
        const {
          serviceToken: { id },
        } = must(await at.serviceTokens.create({ name: "gateway" }, "operator"));
        return { changed: await at.changesOf(() => at.serviceTokens.revoke(id, "operator")), expected: [serviceToken(id)] };
      },
    },
  ],
  [
    "what is refused before the store is asked",
    {
      async run(at) {
        const { id } = await at.newKey();
        return {
          changed: await at.changesOf(() => at.keys.update(at.organization, id, { scopes: ["no such scope!"] }, "operator")),
          expected: [],
        };
      },
    },
  ],
  [
    "reading",
    {
      async run(at) {
        const { id } = await at.newKey();
        return {
          changed: await at.changesOf(() =>
            Promise.all([at.keys.get(at.organization, id), at.keys.list(at.organization), at.keys.limits(at.organization, id)]),
          ),
          expected: [],
        };
      },
    },
  ],
];

test.each(ROWS)("%s", async (_name, { platform, run }) => {
  const { changed, expected } = await run(await world(platform));
  expect(changed).toEqual(expected);
});

test.each(ROWS)("other nodes learn the same from the change feed: %s", async (name, { platform, run }) => {
  const at = await world(platform);
  const { changed } = await run(at);
  expect(at.fed()).toEqual(name === REPEATED ? [] : changed);
});

/** The commit has happened, and its acknowledgement was lost: memory must not keep what may be out of date. */
const LOST: [string, keyof Store, Platform, (at: World) => Promise<{ changed: readonly StateChange[]; expected: readonly unknown[] }>][] = [
  [
    "a revocation",
    "revokeKey",
    keywardPlatform,
    async (at) => {
      const { id } = await at.newKey();
      return { changed: await at.changesOf(() => at.keys.revoke(at.organization, id, "operator")), expected: [key(id)] };
    },
  ],
  [
    "an update",
    "updateKey",
    keywardPlatform,
    async (at) => {
      const { id } = await at.newKey();
      return {
        changed: await at.changesOf(() => at.keys.update(at.organization, id, { enabled: false }, "operator")),
        expected: [key(id)],
      };
    },
  ],
  [
    "a rotation, which may have ended any key of the organization",
    "rotateKey",
    keywardPlatform,
    async (at) => {
      const { id } = await at.newKey();
      const changed = await at.changesOf(() => at.keys.rotate(at.organization, id, {}, "operator"));
      return { changed, expected: [{ kind: "credential", subject: expect.stringMatching(/^1:/) }, key(id), organization(at.organization)] };
    },
  ],
  [
    "a claim: the key is the one that memory knows by the credential",
    "claimKey",
    agentpay,
    async (at) => {
      const presented = keyOf(must(await at.keys.createUnclaimed({})));
      const changed = await at.changesOf(() => at.keys.claim(at.organization, presented, "person"));
      return { changed, expected: [credential(presented, agentpay), key("the-key-in-memory")] };
    },
  ],
  [
    "a creation",
    "createKey",
    keywardPlatform,
    async (at) => {
      const changed = await at.changesOf(() => at.keys.create(at.organization, {}, "operator"));
      return { changed, expected: [{ kind: "credential", subject: expect.stringMatching(/^1:/) }] };
    },
  ],
  [
    "a service token's revocation",
    "revokeServiceToken",
    keywardPlatform,
    async (at) => {
      const {
        serviceToken: { id },
      } = must(await at.serviceTokens.create({ name: "gateway" }, "operator"));
      return { changed: await at.changesOf(() => at.serviceTokens.revoke(id, "operator")), expected: [serviceToken(id)] };
    },
  ],
];

test.each(LOST)("a change whose outcome is unknown is applied: %s", async (_name, method, platform, run) => {
  const at = await world(platform, "the-key-in-memory");
  at.failing.add(method);
  const { changed, expected } = await run(at);
  expect(changed).toEqual(expected);
});

test("the order: committed in the store, then applied, then acknowledged", async () => {
  const order: string[] = [];
  const commit = committer(() => void order.push("applied"));
  const acknowledged = commit(
    async () => {
      await Promise.resolve();
      order.push("committed");
    },
    () => [key("key_1")],
  ).then(() => order.push("acknowledged"));
  await acknowledged;
  expect(order).toEqual(["committed", "applied", "acknowledged"]);
});

test.each([
  [
    "key",
    [
      ["keys drop", "it"],
      ["keys drop", "it public"],
      ["watches keyChanged", "it"],
    ],
  ],
  [
    "organization",
    [
      ["keys dropDependents", "it"],
      ["watches organizationChanged", "it"],
    ],
  ],
  [
    "credential",
    [
      ["keys dropUnknown", "it"],
      ["serviceTokens dropUnknown", "it"],
    ],
  ],
  ["service_token", [["serviceTokens drop", "it"]]],
  [
    "everything",
    [
      ["keys", "clear"],
      ["serviceTokens", "clear"],
      ["watches", "anythingChanged"],
    ],
  ],
] as const)("applying a change of kind %s", (kind, expected) => {
  const calls: (readonly [string, string])[] = [];
  const cache = (name: string) => ({
    drop: (it: string) => void calls.push([`${name} drop`, it]),
    dropDependents: (it: string) => void calls.push([`${name} dropDependents`, it]),
    dropUnknown: (it: string) => void calls.push([`${name} dropUnknown`, it]),
    clear: () => void calls.push([name, "clear"]),
  });
  const watches = {
    keyChanged: (it: string) => void calls.push(["watches keyChanged", it]),
    organizationChanged: (it: string) => void calls.push(["watches organizationChanged", it]),
    anythingChanged: () => void calls.push(["watches", "anythingChanged"]),
  };
  changeApplier({ keys: cache("keys"), serviceTokens: cache("serviceTokens"), watches })({ kind, subject: "it" });
  expect(calls).toEqual(expected);
});
