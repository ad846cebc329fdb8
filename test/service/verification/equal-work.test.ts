/**
 * A credential that is refused the first time it is presented costs the same whoever presents what: one HMAC, one look-up, one statement, and an
 * response of the same shape. Counted, because a clock would tell it only now and then; `npm run bench -- first` measures it.
 */
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { serialize } from "node:v8";
import { Kysely } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { generateCredential } from "../../../engine/credential-form.ts";
import type { KeySystem } from "../../../engine/key-system.ts";
import { keyChanged } from "../../../engine/state-change.ts";
import { agentsgt } from "../../../platforms/agentsgt.ts";
import { keyward as secretPlatform } from "../../../platforms/keyward.ts";
import { ENDLESS } from "../../../service/changes/lease.ts";
import { Clocks } from "../../../service/clocks.ts";
import { keyward } from "../../../service/index.ts";
import { MemoryLimiter } from "../../../service/limiting/memory-limiter.ts";
import { deriveSecrets } from "../../../service/secrets.ts";
import { UseRecorder } from "../../../service/verification/use-recorder.ts";
import { Verifier } from "../../../service/verification/verifier.ts";
import type { FindCredentialResult, Store } from "../../../stores/contract.ts";
import { migrate } from "../../../stores/sql/migrate.ts";
import type { Database } from "../../../stores/sql/schema.ts";
import { sqlStore } from "../../../stores/sql/store.ts";
import { SQLITE, sqliteDialect } from "../../../stores/sqlite/dialect.ts";
import { keyOf, must, testService } from "../../support/service.ts";

const SECRET = "test-secret-test-secret-test-secret";
const NEXT_SECRET = "next-secret-next-secret-next-secret";

interface Work {
  hmacs: number;
  lookUps: number;
  statements: number;
  answers: FindCredentialResult[];
}

/** The SQL store in this thread, every statement of which is counted. */
async function countedStore(work: Work): Promise<Store> {
  const database = new DatabaseSync(":memory:");
  const db = new Kysely<Database>({ dialect: sqliteDialect(database), log: () => void work.statements++ });
  await migrate(db, SQLITE);
  onTestFinished(() => db.destroy());
  return sqlStore(db, SQLITE);
}

async function world(system: KeySystem, secrets = deriveSecrets({ id: 1, secret: SECRET })) {
  const work: Work = { hmacs: 0, lookUps: 0, statements: 0, answers: [] };
  const store = await countedStore(work);
  const clock = { now: Date.UTC(2026, 10, 20, 12) };
  const service = await keyward({ platform: system, store, secret: SECRET, clock: () => clock.now, randomBytes });
  onTestFinished(() => service.close());
  const counted =
    <Values extends unknown[]>(lookUp: (...values: Values) => Promise<FindCredentialResult>) =>
    async (...values: Values) => {
      work.lookUps++;
      const found = await lookUp(...values);
      work.answers.push(found);
      return found;
    };
  /** Counts an HMAC for each master secret. */
  const countedDigests: typeof secrets.digests = (credential) => {
    const digests = secrets.digests(credential);
    work.hmacs += digests.length;
    return digests;
  };
  /** A verifier with nothing in memory, so that everything is presented for the first time. */
  const verifier = (): Verifier => {
    const clocks = new Clocks(() => clock.now, { id: "test", now: () => clock.now });
    const limiter = new MemoryLimiter({ clocks, store, forgotten: () => undefined });
    return new Verifier({
      system,
      environments: system.environments,
      store: { findKeyByDigest: counted(store.findKeyByDigest), findKeyByPublicKey: counted(store.findKeyByPublicKey) },
      secrets: { digests: countedDigests },
      mover: { note: () => undefined },
      limiter,
      clocks,
      lease: ENDLESS,
      recorder: new UseRecorder({ recordUse: store.recordUse, counters: limiter, clocks }),
      capacity: 100,
    });
  };
  const organization = must(
    await service.organizations.create({ name: "Acme", overrides: { keys: null, requestsPerMinute: 60 } }, "operator"),
  ).id;
  return { work, store, service, clock, verifier, organization };
}

/** The same world after its master secret was replaced: new keys are made under the next one. */
async function replaceSecret(old: World): Promise<World> {
  const { store, clock, service } = old;
  const options = { platform: secretPlatform, store, secret: NEXT_SECRET, previousSecret: SECRET, clock: () => clock.now, randomBytes };
  const next = await keyward(options);
  onTestFinished(() => next.close());
  await service.flush();
  return { ...old, service: next };
}

type World = Awaited<ReturnType<typeof world>>;

async function newKey({ service, organization }: World, input = {}): Promise<{ id: string; key: string }> {
  const issued = must(await service.keys.create(organization, { limits: { requestsPerMinute: 5 }, ...input }, "operator"));
  const made = { id: issued.apiKey.id, key: keyOf(issued) };
  await service.verify(made.key);
  return made;
}

const fresh = (system: KeySystem): string => generateCredential(system.keyForm, "live", randomBytes).presented;

/** How each class comes by its credential. */
const CLASSES: Readonly<Record<string, (world: World, system: KeySystem) => Promise<string>>> = {
  not_found: async (_world, system) => fresh(system),
  revoked: async (world) => {
    const { id, key } = await newKey(world);
    must(await world.service.keys.revoke(world.organization, id, "operator"));
    return key;
  },
  disabled: async (world) => {
    const { id, key } = await newKey(world);
    must(await world.service.keys.update(world.organization, id, { enabled: false }, "operator"));
    return key;
  },
  expired: async (world) => {
    const { key } = await newKey(world, { expiresIn: "1s" });
    world.clock.now += 1_000;
    return key;
  },
};

test.each([
  ["a secret", secretPlatform, CLASSES],
  [
    "a pair",
    agentsgt,
    {
      ...CLASSES,
      "not_found ": async (world: World, system: KeySystem) => `${(await newKey(world)).key.split(":")[0]}:${fresh(system).split(":")[1]}`,
    },
  ],
  [
    "a public key alone",
    agentsgt,
    Object.fromEntries(
      Object.entries(CLASSES).map(([code, make]) => [code, async (w: World, s: KeySystem) => (await make(w, s)).split(":")[0] ?? ""]),
    ),
  ],
] as [string, KeySystem, typeof CLASSES][])(
  "%s: unknown, wrong, revoked, disabled and expired take the same work",
  async (_name, system, classes) => {
    const made = await world(system);
    for (let other = 0; other < 20; other++) await newKey(made);
    const credentials = await Promise.all(
      Object.entries(classes).map(async ([code, make]) => [code.trim(), await make(made, system)] as const),
    );
    await made.service.flush();
    const done: object[] = [];
    const sizes: number[] = [];
    for (const [code, credential] of credentials) {
      Object.assign(made.work, { hmacs: 0, lookUps: 0, statements: 0, answers: [] });
      expect((await made.verifier().verify(credential)).code).toBe(code);
      const { answers, ...counts } = made.work;
      done.push(counts);
      const [answer] = answers;
      sizes.push(serialize(answer).byteLength);
    }
    const alone = credentials.every(([, credential]) => system === agentsgt && !credential.includes(":"));
    expect(done).toEqual(credentials.map(() => ({ hmacs: alone ? 0 : 1, lookUps: 1, statements: 1 })));
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.1);
  },
);

test("while the secret is replaced, unknown keys and revoked ones made under either take the same work", async () => {
  const old = await world(secretPlatform, deriveSecrets({ id: 2, secret: NEXT_SECRET }, { id: 1, secret: SECRET }));
  const revoked = CLASSES.revoked as (world: World, system: KeySystem) => Promise<string>;
  for (let other = 0; other < 20; other++) await newKey(old);
  const before = await revoked(old, secretPlatform);
  const replaced = await replaceSecret(old);
  for (let other = 0; other < 20; other++) await newKey(replaced);
  const after = await revoked(replaced, secretPlatform);
  await replaced.service.flush();
  const sizes: number[] = [];
  for (const [code, credential] of [
    ["revoked", before],
    ["revoked", after],
    ["not_found", fresh(secretPlatform)],
  ] as const) {
    Object.assign(old.work, { hmacs: 0, lookUps: 0, statements: 0, answers: [] });
    expect((await old.verifier().verify(credential)).code).toBe(code);
    const { answers, ...counts } = old.work;
    expect(counts, code).toEqual({ hmacs: 2, lookUps: 1, statements: 1 });
    sizes.push(serialize(answers[0]).byteLength);
  }
  expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.1);
});

test.each([
  ["findKeyByDigest", "before every stored digest", "!"],
  ["findKeyByDigest", "after every stored digest", "~"],
  ["findKeyByPublicKey", "before every stored public key", "!"],
  ["findKeyByPublicKey", "after every stored public key", "~"],
] as const)("%s of a value %s reads a stored key in full", async (method, _sentence, value) => {
  const made = await world(agentsgt);
  const { key } = await newKey(made);
  await made.service.flush();
  const missed = await made.store[method](value);
  if (missed.outcome !== "not_found") throw new Error("a value that no key has was found");
  expect(missed.decoy.counter).toBeDefined();
  expect(missed.decoy.organization).toMatchObject({ overrides: { requestsPerMinute: 60 } });
  expect(JSON.stringify(missed)).not.toContain(key.split(":")[0]);
});

test("a wrong secret for a public key neither counts against its key nor resets the key's usage", async () => {
  const first = await testService({ platform: agentsgt });
  const { id, key } = await first.newKey(await first.newOrganization(), { limits: { requestsPerMinute: 2 } });
  await first.service.verify(key);
  await first.service.flush();
  // As after a restart: nothing is in memory.
  first.applyChange(keyChanged(id));
  await first.service.flush();
  const wrong = `${key.split(":")[0]}:${fresh(agentsgt).split(":")[1]}`;
  for (let attempt = 0; attempt < 5; attempt++) expect((await first.service.verify(wrong)).code).toBe("not_found");
  const codes = [await first.service.verify(key), await first.service.verify(key)].map(({ code }) => code);
  expect(codes).toEqual(["valid", "rate_limited"]);
});
