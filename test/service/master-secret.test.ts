/** Replacing the master secret: what goes on working, what moves, what would be lost, and who is refused. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agentpay } from "../../platforms/agentpay.ts";
import { agentsgt } from "../../platforms/agentsgt.ts";
import { admitSecrets, readKnownSecrets } from "../../service/known-secrets.ts";
import { checkOf, deriveSecrets } from "../../service/secrets.ts";
import type { Store } from "../../stores/contract.ts";
import { traceDirectory } from "../support/root.ts";
import { must, type TestService, testService } from "../support/service.ts";

const [FIRST, SECOND, THIRD] = ["first", "second", "third"].map((name) => `${name}-secret-`.repeat(4)) as [string, string, string];

type Options = Parameters<typeof testService>[0];

/** Keyward on one directory, again and again. */
function restarts(more: Options = {}) {
  const directory = traceDirectory("secrets");
  let close: (() => Promise<void>) | undefined;
  return async (secret: string, previousSecret?: string, wrap: (store: Store) => Store = (store) => store): Promise<TestService> => {
    await close?.();
    close = undefined;
    return testService({ directory, secret, previousSecret, wrap, whenDone: (end) => (close = end), ...more });
  };
}

const digestOf = async ({ store }: TestService, key: string, secret = FIRST, id = 1) =>
  store.findKeyByDigest(deriveSecrets({ id, secret }).digest(key));

test("a key made under the old secret is verified under the new one, and its use moves it over for good", async () => {
  const start = restarts();
  const first = await start(FIRST);
  const { id, key } = await first.newKey(await first.newOrganization());
  const second = await start(SECOND, FIRST);
  expect(await second.service.verify(key)).toMatchObject({ code: "valid", key: { id } });
  expect((await digestOf(second, key)).outcome).toBe("found");
  await second.service.flush();
  expect((await digestOf(second, key)).outcome).toBe("not_found");
  expect((await digestOf(second, key, SECOND, 2)).outcome).toBe("found");
  const third = await start(SECOND);
  expect(await third.service.verify(key)).toMatchObject({ code: "valid", key: { id } });
});

test("a move is no change of the key: no row in either log, and nothing leaves memory", async () => {
  const start = restarts();
  const first = await start(FIRST);
  const organization = await first.newOrganization();
  const { id, key } = await first.newKey(organization);
  const record = await first.store.findKey(organization, id);
  const second = await start(SECOND, FIRST);
  const feed = await second.store.changesAfter(0, 100);
  await second.service.verify(key);
  await second.service.flush();
  expect(await second.store.changesAfter(0, 100)).toEqual(feed);
  expect(await second.store.findKey(organization, id)).toEqual({ ...record, lastUsedAt: expect.any(Number) });
  expect(second.service.statistics().cachedKeys).toBe(1);
  expect(second.service.verify(key)).not.toBeInstanceOf(Promise);
});

test("keys that are revoked, disabled or changed under either secret stay so", async () => {
  const start = restarts();
  const first = await start(FIRST);
  const organization = await first.newOrganization();
  const made = [await first.newKey(organization), await first.newKey(organization), await first.newKey(organization)] as const;
  must(await first.service.keys.revoke(organization, made[0].id, "operator"));
  const second = await start(SECOND, FIRST);
  expect((await second.service.verify(made[0].key)).code).toBe("revoked");
  expect((await second.service.verify(made[1].key)).code).toBe("valid");
  must(await second.service.keys.revoke(organization, made[1].id, "operator"));
  await second.service.flush();
  expect((await second.service.verify(made[1].key)).code).toBe("revoked");
  must(await second.service.keys.update(organization, made[2].id, { enabled: false }, "operator"));
  expect((await second.service.verify(made[2].key)).code).toBe("disabled");
});

test("a pair, a service token and an invitation work under either secret", async () => {
  const start = restarts({ platform: agentsgt });
  const first = await start(FIRST);
  const organization = await first.newOrganization();
  const { id, key } = await first.newKey(organization);
  const { token } = must(await first.service.serviceTokens.create({ name: "gateway" }, "operator"));
  const acting = { by: { role: "operator" }, actor: "operator" } as const;
  const invited = must(await first.service.people.invite(organization, { role: "member" }, acting));
  const second = await start(SECOND, FIRST);
  const wrong = `${key.split(":")[0]}:${"0".repeat(key.split(":")[1]?.length ?? 0)}`;
  expect((await second.service.verify(wrong)).code).not.toBe("valid");
  expect(await second.service.verify(key)).toMatchObject({ code: "valid", key: { id } });
  expect(await second.service.serviceTokens.isValid(token)).toBe(true);
  expect(must(await second.service.people.invitation(invited.token)).id).toBe(invited.invitation.id);
  await second.service.flush();
  const { onPrevious } = await second.service.masterSecret.status();
  expect(onPrevious).toMatchObject({ keys: 0, serviceTokens: 0, invitations: 1 });
  const alone = await start(SECOND);
  expect(await alone.service.verify(key)).toMatchObject({ code: "valid" });
  expect(await alone.service.serviceTokens.isValid(token)).toBe(true);
  expect((await alone.service.people.invitation(invited.token)).ok).toBe(false);
});

test("sealed keys are resealed and moved without being used, those that nobody could read stay", async () => {
  const start = restarts({ platform: agentpay });
  const first = await start(FIRST);
  const organization = await first.newOrganization();
  const made: { id: string; key: string }[] = [];
  for (let at = 0; at < 3; at++) made.push(await first.newKey(organization));
  const second = await start(SECOND, FIRST);
  expect(must(await second.service.keys.show(organization, made[0]?.id ?? "", "operator")).key).toBe(made[0]?.key);
  await second.service.flush();
  expect((await second.service.masterSecret.status()).onPrevious).toMatchObject({ keys: 0, sealedKeys: 0 });
  const alone = await start(SECOND);
  for (const { id, key } of made) {
    expect(must(await alone.service.keys.show(organization, id, "operator")).key).toBe(key);
    expect((await alone.service.verify(key)).code).toBe("valid");
  }
});

test("a key that somebody chose is taken, under whichever secret it was chosen", async () => {
  const start = restarts({ platform: agentpay });
  const chosen = `pk_${randomBytes(16).toString("hex")}`;
  const first = await start(FIRST);
  must(await first.service.keys.createUnclaimed({ key: chosen }));
  const second = await start(SECOND, FIRST);
  expect(await second.service.keys.createUnclaimed({ key: chosen })).toMatchObject({ ok: false, problem: { field: "key" } });
  const organization = await second.newOrganization();
  expect((await second.service.keys.claim(organization, chosen, "operator")).ok).toBe(true);
  expect((await second.service.verify(chosen)).code).toBe("valid");
});

test("the status counts what is left, names the first keys, and says what can be verified by no secret that is given", async () => {
  const start = restarts();
  const first = await start(FIRST);
  const organization = await first.newOrganization();
  const made: { id: string; key: string }[] = [];
  for (let at = 0; at < 4; at++) made.push(await first.newKey(organization, { name: `key ${at}` }));
  must(await first.service.keys.revoke(organization, made[3]?.id ?? "", "operator"));
  expect(await first.service.masterSecret.status()).toMatchObject({ hasPrevious: false, unverifiable: { keys: 0 } });
  const second = await start(SECOND, FIRST);
  await second.service.verify(made[0]?.key ?? "");
  await second.service.flush();
  const status = await second.service.masterSecret.status();
  expect(status).toMatchObject({ hasPrevious: true, onPrevious: { keys: 2 }, unverifiable: { keys: 0 } });
  expect(status.onPrevious.firstKeys.map(({ id, name, organizationId }) => ({ id, name, organizationId }))).toEqual(
    [1, 2].map((at) => ({ id: made[at]?.id, name: `key ${at}`, organizationId: organization })),
  );
  const alone = await start(SECOND);
  expect(await alone.service.masterSecret.status()).toMatchObject({
    hasPrevious: false,
    onPrevious: { keys: 0 },
    unverifiable: { keys: 2 },
  });
});

describe("a database is used only with its own secret", () => {
  const ANOTHER = /^this database was made with another secret/;
  test.each([
    ["another alone", [[SECOND]], ANOTHER],
    ["two others", [[SECOND, THIRD]], ANOTHER],
    ["the old one after the new one", [[SECOND, FIRST], [FIRST]], ANOTHER],
    [
      "a third while keys need the first",
      [
        [SECOND, FIRST],
        [THIRD, SECOND],
      ],
      /^the secret cannot be replaced yet: 1 keys and 0 service tokens still need the one before; see `keyward secrets status`$/,
    ],
  ] as const)("refused: %s", async (_sentence, pairs, sentence) => {
    const start = restarts();
    const first = await start(FIRST);
    await first.newKey(await first.newOrganization());
    for (const [secret, previous] of pairs.slice(0, -1)) await start(secret as string, previous);
    const [secret, previous] = pairs.at(-1) as readonly [string, string?];
    await expect(start(secret, previous)).rejects.toThrow(sentence);
  });

  test.each([
    ["the same again", [[FIRST]]],
    ["back to the first one", [[SECOND, FIRST], [FIRST, SECOND], [FIRST]]],
    [
      "a new one that nodes learn before it is used",
      [
        [FIRST, SECOND],
        [SECOND, FIRST],
        [FIRST, SECOND],
      ],
    ],
    ["the new one alone, although a key is left behind", [[SECOND, FIRST], [SECOND]]],
  ] as const)("accepted: %s", async (_sentence, pairs) => {
    const start = restarts();
    const first = await start(FIRST);
    await first.newKey(await first.newOrganization());
    for (const [secret, previous] of pairs) await start(secret as string, previous);
  });

  test("a third one once nothing needs the first", async () => {
    const start = restarts();
    const first = await start(FIRST);
    const { key } = await first.newKey(await first.newOrganization());
    for (const [secret, previous] of [
      [SECOND, FIRST],
      [THIRD, SECOND],
    ] as const) {
      const { service } = await start(secret, previous);
      expect((await service.verify(key)).code).toBe("valid");
      await service.flush();
    }
    const { service } = await start(THIRD);
    expect((await service.verify(key)).code).toBe("valid");
  });
});

test("a node that still writes under the old secret moves no key back", async () => {
  const start = restarts();
  const first = await start(FIRST, SECOND);
  const { key } = await first.newKey(await first.newOrganization());
  const second = await start(SECOND, FIRST);
  await second.service.verify(key);
  await second.service.flush();
  const from = deriveSecrets({ id: 2, secret: SECOND }).digest(key);
  await second.store.moveDigests(1, [{ kind: "key", from, to: deriveSecrets({ id: 1, secret: FIRST }).digest(key) }]);
  expect((await digestOf(second, key, SECOND, 2)).outcome).toBe("found");
});

test("when the store fails, moves wait and are made later", async () => {
  const start = restarts();
  const first = await start(FIRST);
  const { key } = await first.newKey(await first.newOrganization());
  let fails = true;
  const failing = (store: Store): Store => ({
    ...store,
    moveDigests: (...moves) => (fails ? Promise.reject(new Error("full")) : store.moveDigests(...moves)),
  });
  const second = await start(SECOND, FIRST, failing);
  expect((await second.service.verify(key)).code).toBe("valid");
  await expect(second.service.flush()).rejects.toThrow("full");
  fails = false;
  await second.service.flush();
  expect((await digestOf(second, key, SECOND, 2)).outcome).toBe("found");
});

test("of a hundred keys at once every one moves, and a cached verification costs nothing more", async () => {
  const start = restarts();
  const first = await start(FIRST);
  const organization = await first.newOrganization({ overrides: { keys: null } });
  const keys: string[] = [];
  for (let at = 0; at < 100; at++) keys.push((await first.newKey(organization)).key);
  const second = await start(SECOND, FIRST);
  const codes = await Promise.all(keys.map(async (key) => (await second.service.verify(key)).code));
  expect(new Set(codes)).toEqual(new Set(["valid"]));
  for (const key of keys) expect(second.service.verify(key)).not.toBeInstanceOf(Promise);
  await second.service.flush();
  expect((await second.service.masterSecret.status()).onPrevious.keys).toBe(0);
});

test("neither the database nor what it says of its secrets contains one", async () => {
  const start = restarts();
  const { directory } = await start(FIRST);
  await start(SECOND, FIRST);
  await start(SECOND);
  const bytes = ["keyward.db", "keyward.db-wal"].map((name) => readFileSync(join(directory, name), "latin1")).join("");
  for (const secret of [FIRST, SECOND]) expect(bytes).not.toContain(secret);
});

describe("what a database knows of its secrets", () => {
  const [a, b, c] = [FIRST, SECOND, THIRD].map(checkOf) as [string, string, string];
  // biome-ignore format: a table
  test.each([
    ["one alone",                          a,                    a, undefined, a],
    ["a new one beside it",                a,                    b, a,         `2:${b} 1:${a}`],
    ["the same two",                       `2:${b} 1:${a}`,      b, a,         `2:${b} 1:${a}`],
    ["the first one is dropped",           `2:${b} 1:${a}`,      b, undefined, `2:${b} 1:${a}`],
    ["a third one",                        `2:${b} 1:${a}`,      c, b,         `3:${c} 2:${b} 1:${a}`],
    ["one that is only learned",           a,                    a, b,         `1:${a} 2:${b}`],
    ["back to the first one",              `2:${b} 1:${a}`,      a, b,         `1:${a} 2:${b}`],
  ])("%s", (_sentence, stored, current, previous, after) => {
    expect(admitSecrets(stored, current, previous)).toMatchObject({ outcome: "admitted", stored: after, current: { check: current } });
    expect(readKnownSecrets(after).map(({ check }) => check)).toContain(current);
  });
});
