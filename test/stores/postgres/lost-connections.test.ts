/** What is true when connections to PostgreSQL are lost: before a change, during it, and during its commit. */
import { describe, expect, onTestFinished, test } from "vitest";
import { World } from "../../../stores/conformance/world.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest, inPostgres } from "../../support/postgres.ts";
import { tcpProxy } from "../../support/tcp-proxy.ts";

/** A store behind a proxy, and one organization in it. */
async function opened() {
  const url = await databaseOfTest();
  const proxy = await tcpProxy(url);
  onTestFinished(() => proxy.close());
  const { store, close } = await openPostgres({ url: proxy.url, connections: 4 });
  onTestFinished(close);
  const world = new World();
  world.store = store;
  const organization = await world.organization();
  const audited = async () => (await store.listAudit(organization.id, { limit: 100 })).map(({ action }) => action);
  return { url, proxy, store, world, organization, audited };
}

const has = (text: string) => (sent: Buffer) => sent.toString("latin1").includes(text);
const isCommit = has("commit\0");

describe("a connection that is lost", () => {
  test("while nobody uses it is replaced without a word", async () => {
    const { proxy, store, world, organization } = await opened();
    proxy.cutAll();
    expect(await store.findOrganization(organization.id)).toEqual(organization);
    proxy.cutAll();
    expect((await world.create(world.aKey(organization.id))).outcome).toBe("created");
  });

  test("during a change: nothing has happened, and the change is made again, once", async () => {
    const { proxy, world, organization, audited } = await opened();
    let cuts = 0;
    proxy.onSent = (sent, { pass, cut }) => {
      if (cuts < 2 && has("key.created")(sent)) {
        cuts++;
        cut();
      } else pass();
    };
    const [first, second] = [world.aKey(organization.id), world.aKey(organization.id)];
    expect((await world.create(first)).outcome).toBe("created");
    expect((await world.create(second)).outcome).toBe("created");
    expect(cuts).toBeGreaterThan(0);
    expect(await audited()).toEqual(["key.created", "key.created", "organization.created"]);
  });

  test("before the commit has arrived: the change is made again, once", async () => {
    const { proxy, world, organization, audited } = await opened();
    let cuts = 0;
    proxy.onSent = (sent, { pass, cut }) => (isCommit(sent) && cuts++ === 0 ? cut() : pass());
    expect((await world.create(world.aKey(organization.id))).outcome).toBe("created");
    expect(cuts).toBe(2);
    expect(await audited()).toEqual(["key.created", "organization.created"]);
  });

  test("after the commit, before its response: the result is the one that was lost, and nothing happens twice", async () => {
    const { proxy, store, world, organization, audited } = await opened();
    let cuts = 0;
    const loseResponse = () => {
      cuts = 0;
      proxy.onSent = (sent, { pass, cut, server }) => {
        if (!isCommit(sent) || cuts++ > 0) return pass();
        server.unpipe();
        server.once("data", cut).resume();
        pass();
      };
    };
    loseResponse();
    const key = world.aKey(organization.id);
    expect(await world.create(key)).toEqual({ outcome: "created", key });
    expect(cuts).toBe(1);
    loseResponse();
    expect((await store.revokeKey(organization.id, key.id, world.change())).outcome).toBe("revoked");
    loseResponse();
    await store.recordUse({ outcomes: [{ keyId: key.id, hour: 0, outcome: "allowed", count: 1 }], lastUses: [], counters: [] });
    expect(cuts).toBe(1);
    expect(await store.usageOf(key.id, 0)).toMatchObject([{ count: 1 }]);
    expect(await audited()).toEqual(["key.revoked", "key.created", "organization.created"]);
  });

  test("during the commit, with a server that stays away: it is unknown whether it happened, and the store says that it failed", async () => {
    const { proxy, world, organization } = await opened();
    proxy.onSent = (sent, { pass, cut }) => {
      if (!isCommit(sent)) return pass();
      proxy.isDown = true;
      cut();
    };
    const failure = await world.create(world.aKey(organization.id)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(failure).toHaveProperty("message", "it is unknown whether the change was committed");
  });

  test("by the server, which ends all sessions: calls under way are repeated", async () => {
    const { url, store, world, organization } = await opened();
    const creations = Array.from({ length: 60 }, () => world.create(world.aKey(organization.id)));
    await inPostgres(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    expect(new Set((await Promise.all(creations)).map(({ outcome }) => outcome))).toEqual(new Set(["created"]));
    expect(await store.listKeys(organization.id, { limit: 100 })).toHaveLength(60);
  });
});

describe("a server that does not respond", () => {
  test("to new connections: a call fails within two seconds as an outage, and the next succeeds when it is back", async () => {
    const { proxy, store, organization } = await opened();
    proxy.isDown = true;
    proxy.cutAll();
    const began = performance.now();
    await expect(store.findOrganization(organization.id)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(performance.now() - began).toBeLessThan(2_000);
    proxy.isDown = false;
    expect(await store.findOrganization(organization.id)).toEqual(organization);
  });
});

describe("other processes", () => {
  test("one that stops in the middle of a transaction holds nobody up for longer than about a second", async () => {
    const { url, store, world, organization } = await opened();
    const { key } = await world.key(organization.id);
    // What it sends once it has locked the key's row never arrives.
    const behind = await tcpProxy(url);
    onTestFinished(() => behind.close());
    const other = await openPostgres({ url: behind.url, connections: 1 });
    behind.onSent = (sent, { pass }) => (has('update "api_keys"')(sent) ? undefined : pass());
    const never = other.store.updateKey(organization.id, key.id, { name: "stopped" }, world.change()).catch(() => undefined);
    await expect
      .poll(() => inPostgres(url, "select 1 from pg_stat_activity where state = 'idle in transaction'"), { timeout: 5_000 })
      .toHaveLength(1);
    const began = performance.now();
    expect((await store.updateKey(organization.id, key.id, { name: "free" }, world.change())).outcome).toBe("updated");
    expect(performance.now() - began).toBeLessThan(2_000);
    behind.onSent = undefined;
    behind.cutAll();
    await never;
    await other.close();
  });
});
