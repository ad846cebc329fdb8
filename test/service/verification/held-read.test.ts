/**
 * A read of the store whose result comes late: if the record was changed meanwhile, under whichever name, the result is not used. The
 * store reads at once and hands the result over only when the test lets it.
 */
import { describe, expect, test } from "vitest";
import { agentpay } from "../../../platforms/agentpay.ts";
import { agentsgt } from "../../../platforms/agentsgt.ts";
import type { Platform } from "../../../platforms/define.ts";
import type { Store } from "../../../stores/contract.ts";
import { keyOf, must, type TestService, testService } from "../../support/service.ts";

const READS = ["findKeyByDigest", "findKeyByPublicKey", "findServiceTokenByDigest"] as const;

/** A store whose next look-up of a credential resolves when `release` is called; later ones resolve at once. */
function holding() {
  let held: Promise<void> | undefined;
  let release: () => void = () => undefined;
  const wrap = (store: Store): Store => ({
    ...store,
    ...Object.fromEntries(
      READS.map((method) => [
        method,
        async (...values: [string]) => {
          const waitFor = held;
          held = undefined;
          const response = await store[method](...values);
          await waitFor;
          return response;
        },
      ]),
    ),
  });
  return {
    wrap,
    hold: () => {
      held = new Promise((done) => {
        release = done;
      });
    },
    release: () => release(),
  };
}

/** Until everything that was asked of the store has been read there: the database does one thing after the other. */
const read = ({ store }: TestService) => store.ping();

interface Case {
  readonly platform?: Platform;
  /** Creates what the read is about. Returns what is presented, the change, and what a request is told from the change on. */
  arrange(world: TestService): Promise<{ presented: string; origin?: string; change: () => Promise<unknown>; told: object }>;
}

const owned = (change: (world: TestService, organization: string, id: string) => Promise<unknown>, told: object): Case => ({
  async arrange(world) {
    const organization = await world.newOrganization();
    const { id, key } = await world.newKey(organization);
    return { presented: key, change: () => change(world, organization, id), told };
  },
});

/** What changes a key that is in memory or on its way there, and what a request with it gets once the change has resolved. */
const CHANGES: [string, Case][] = [
  [
    "revoking it",
    owned(async ({ service }, organization, id) => must(await service.keys.revoke(organization, id, "operator")), { code: "revoked" }),
  ],
  [
    "disabling it",
    owned(async ({ service }, organization, id) => must(await service.keys.update(organization, id, { enabled: false }, "operator")), {
      code: "disabled",
    }),
  ],
  [
    "ending it",
    owned(
      async ({ service, clock }, organization, id) => {
        must(await service.keys.update(organization, id, { expiresIn: "1s" }, "operator"));
        clock.now += 1_000;
      },
      { code: "expired" },
    ),
  ],
  [
    "taking its scope",
    owned(async ({ service }, organization, id) => must(await service.keys.update(organization, id, { scopes: ["other"] }, "operator")), {
      code: "insufficient_scope",
    }),
  ],
  [
    "rotating it with no overlap",
    owned(async ({ service }, organization, id) => must(await service.keys.rotate(organization, id, { overlap: "0s" }, "operator")), {
      code: "expired",
    }),
  ],
  [
    "its organization's overrides",
    owned(
      async ({ service }, organization) =>
        must(await service.organizations.update(organization, { overrides: { requestsPerMinute: 7 } }, "operator")),
      { key: { limits: { requestsPerMinute: 7 } } },
    ),
  ],
  [
    "its organization's plan",
    {
      platform: agentpay,
      async arrange(world) {
        const organization = await world.newOrganization({ plan: "pro" });
        const { key } = await world.newKey(organization);
        const change = async () => must(await world.service.organizations.update(organization, { plan: "free" }, "operator"));
        return { presented: key, change, told: { key: { limits: { requestsPerMinute: 60 } } } };
      },
    },
  ],
  [
    "a domain of a public key",
    {
      platform: agentsgt,
      async arrange(world) {
        const organization = await world.newOrganization();
        const { id, key } = await world.newKey(organization, { domains: ["example.com"] });
        const change = async () => must(await world.service.keys.update(organization, id, { domains: ["example.org"] }, "operator"));
        return { presented: key.slice(0, key.indexOf(":")), origin: "https://example.com", change, told: { code: "origin_not_allowed" } };
      },
    },
  ],
  [
    "revoking the pair of a public key",
    {
      platform: agentsgt,
      async arrange(world) {
        const organization = await world.newOrganization();
        const { id, key } = await world.newKey(organization, { domains: ["example.com"] });
        const change = async () => must(await world.service.keys.revoke(organization, id, "operator"));
        return { presented: key.slice(0, key.indexOf(":")), origin: "https://example.com", change, told: { code: "revoked" } };
      },
    },
  ],
];

describe("a read that resolves after a change is repeated, for waiting requests and for later ones", () => {
  test.each(CHANGES)("%s", async (_name, { platform, arrange }) => {
    const { wrap, hold, release } = holding();
    const world = await testService({ wrap, ...(platform !== undefined && { platform }) });
    const { presented, origin, change, told } = await arrange(world);
    const ask = { origin, scopes: origin === undefined && platform === undefined ? ["agents:read"] : [] };
    hold();
    const waiting = world.service.verify(presented, ask);
    await read(world);
    await change();
    release();
    for (const verdict of [await waiting, await world.service.verify(presented, ask)]) expect(verdict).toMatchObject(told);
  });

  test("a claim: the key has an owner and the owner's plan", async () => {
    const { wrap, hold, release } = holding();
    const world = await testService({ wrap, platform: agentpay });
    const organization = await world.newOrganization();
    const presented = keyOf(must(await world.service.keys.createUnclaimed({})));
    hold();
    const waiting = world.service.verify(presented);
    await read(world);
    must(await world.service.keys.claim(organization, presented, "person"));
    release();
    for (const verdict of [await waiting, await world.service.verify(presented)])
      expect(verdict.key).toMatchObject({ organizationId: organization, limits: { requestsPerMinute: 60 } });
  });

  test("a claim of a pair: its public key alone has an owner too, in memory or on its way there", async () => {
    const { wrap, hold, release } = holding();
    const world = await testService({ wrap, platform: { ...agentsgt, unclaimedPlan: agentsgt.defaultPlan } });
    const organization = await world.newOrganization();
    for (const isInMemory of [true, false]) {
      const presented = keyOf(must(await world.service.keys.createUnclaimed({})));
      const publicKey = presented.slice(0, presented.indexOf(":"));
      if (!isInMemory) hold();
      const waiting = world.service.verify(publicKey);
      if (isInMemory) await waiting;
      await read(world);
      must(await world.service.keys.claim(organization, presented, "person"));
      release();
      await waiting;
      expect((await world.service.verify(publicKey)).key).toMatchObject({ organizationId: organization });
    }
  });

  test("a key that somebody chose and tried before it was created", async () => {
    const { wrap, hold, release } = holding();
    const world = await testService({ wrap, platform: agentpay });
    hold();
    const waiting = world.service.verify("pk_my_custom_value");
    await read(world);
    must(await world.service.keys.createUnclaimed({ key: "pk_my_custom_value" }));
    release();
    expect((await waiting).code).toBe("valid");
    expect((await world.service.verify("pk_my_custom_value")).code).toBe("valid");
  });

  test("revoking a service token", async () => {
    const { wrap, hold, release } = holding();
    const world = await testService({ wrap });
    const { token, serviceToken } = must(await world.service.serviceTokens.create({ name: "gateway" }, "operator"));
    hold();
    const waiting = world.service.serviceTokens.isValid(token);
    await read(world);
    must(await world.service.serviceTokens.revoke(serviceToken.id, "operator"));
    release();
    expect(await waiting).toBe(false);
    expect(await world.service.serviceTokens.isValid(token)).toBe(false);
  });

  test("the admissions of a counter that left memory meanwhile still count", async () => {
    const { wrap, hold, release } = holding();
    const world = await testService({ wrap, cachedKeys: 1 });
    const { service, limiter, newOrganization, newKey } = world;
    const organization = await newOrganization();
    const { id, key } = await newKey(organization, { limits: { requestsPerMinute: 3 } });
    const successor = keyOf(must(await service.keys.rotate(organization, id, {}, "operator")));
    const other = await newKey(organization);
    hold();
    const waiting = service.verify(successor);
    await read(world);
    for (let request = 0; request < 3; request++) expect((await service.verify(key)).code).toBe("valid");
    await service.verify(other.key);
    // The counter that the two keys share is saved, held by no key any more, and forgotten.
    for (let second = 0; second < 3; second++) await service.flush();
    expect(limiter.size).toBe(0);
    release();
    expect((await waiting).code).toBe("rate_limited");
    expect((await service.verify(key)).code).toBe("rate_limited");
  });
});
