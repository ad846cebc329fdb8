/** What would be of one process without nodes: two of them, as servers of their own, have it together. */
import { beforeAll, describe, expect, test } from "vitest";
import { Browser, identityProvider, PASSWORD, type PeopleServer, peopleServer } from "../support/people.ts";
import { createDatabase } from "../support/postgres.ts";
import { secret } from "../support/root.ts";
import { call } from "../support/server.ts";

const ORGANIZATIONS = "/keyward/v1/organizations";
const SIGN_IN = "/keyward/auth/sign-in/email";
/** As the nodes behind a balancer have it. */
const BASE = { KEYWARD_BASE_URL: "http://keyward.test", KEYWARD_TRUSTED_PROXIES: "127.0.0.1" };

let a: PeopleServer;
let b: PeopleServer;
let provider: Awaited<ReturnType<typeof identityProvider>>;
let organization = "";

beforeAll(async () => {
  const ends: (() => Promise<void> | void)[] = [];
  const whenDone = (end: () => Promise<void> | void) => ends.unshift(end);
  const { url, drop } = await createDatabase();
  whenDone(drop);
  provider = await identityProvider(whenDone);
  const env = { ...BASE, ...provider.env, KEYWARD_DATABASE_URL: url, KEYWARD_SECRET: "the secret of all servers of a test" };
  a = await peopleServer({ ...env, KEYWARD_SIGN_IN_ATTEMPTS: "20" }, { whenDone });
  b = await peopleServer({ ...env, KEYWARD_SIGN_IN_ATTEMPTS: "20" }, { whenDone });
  organization = await a.newOrganization();
  return async () => {
    for (const end of ends) await end();
  };
});

let addresses = 0;
/** A browser behind the balancer, which sends it to one node or the other. It has an address of its own. */
class Balanced {
  readonly address = `192.0.2.${++addresses}`;
  readonly #cookies = new Map<string, string>();
  at = (server: PeopleServer) => {
    const browser = new Browser(server.url);
    return {
      send: async (method: string, path: string, body?: unknown) => {
        for (const [name, value] of this.#cookies) browser.cookies.set(name, value);
        const own = { origin: BASE.KEYWARD_BASE_URL, "sec-fetch-site": "same-origin", "x-forwarded-for": this.address };
        const reply = await browser.send(method, path, body, method === "GET" ? { "x-forwarded-for": this.address } : own);
        this.#cookies.clear();
        for (const [name, value] of browser.cookies) this.#cookies.set(name, value);
        return reply;
      },
    };
  };
}

const signUp = async (email: string): Promise<Balanced> => {
  const browser = new Balanced();
  expect((await browser.at(a).send("POST", "/keyward/auth/sign-up/email", { name: "Ada", email, password: PASSWORD })).status).toBe(204);
  return browser;
};

const wrongPassword = (browser: Balanced, at: PeopleServer, email: string) =>
  browser.at(at).send("POST", SIGN_IN, { email, password: "wrong wrong wrong" });

test("idempotency keys: one creation, whichever nodes the request and its repetitions come to", async () => {
  const create = (server: PeopleServer, key: string, body = {}) =>
    server.operator("POST", `${ORGANIZATIONS}/${organization}/keys`, body, { "idempotency-key": key });
  const first = await create(a, "one");
  const again = await create(b, "one");
  expect([first.status, again.status, again.json.id, again.headers.get("idempotent-replayed")]).toEqual([201, 201, first.json.id, "true"]);
  expect((await create(b, "one", { name: "other" })).json.code).toBe("idempotency_mismatch");
  const atOnce = await Promise.all(Array.from({ length: 8 }, (_, at) => create(at % 2 === 0 ? a : b, "two")));
  const made = atOnce.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ json }) => json.id)).size).toBe(1);
  for (const { status, json } of atOnce) expect([201, 409], JSON.stringify(json)).toContain(status);
  for (const { json } of [first, again, ...made]) if (json.key !== undefined) secret(json.key);
});

describe("signing in", () => {
  test("a session is good on every node, and ends on every node at once", async () => {
    const ada = await signUp("ada@example.com");
    for (const node of [a, b]) expect((await ada.at(node).send("GET", "/keyward/v1/session")).json.user.email).toBe("ada@example.com");
    const { data } = (await ada.at(b).send("GET", "/keyward/v1/sessions")).json;
    expect((await ada.at(b).send("DELETE", `/keyward/v1/sessions/${data[0].id}`)).status).toBe(204);
    for (const node of [a, b]) expect((await ada.at(node).send("GET", "/keyward/v1/sessions")).status).toBe(401);
  });

  test("with a provider may begin on one node and end on another", async () => {
    const browser = new Balanced();
    provider.state.person = { sub: "9", email: "provided@example.com", verified: true };
    const { url } = (await browser.at(a).send("POST", "/keyward/auth/sign-in/social", { provider: "oidc" })).json;
    const authorized = await fetch(url, { redirect: "manual" });
    const { pathname, search } = new URL(authorized.headers.get("location") ?? "");
    expect((await browser.at(b).send("GET", pathname + search)).status).toBe(303);
    expect((await browser.at(a).send("GET", "/keyward/v1/session")).json.user.email).toBe("provided@example.com");
  });

  test("on a terminal: the code of one node is let in on another, and taken once", async () => {
    const path = "/keyward/v1/device-logins";
    const [ada, terminal] = [await signUp("grace@example.com"), new Balanced()];
    const { userCode, deviceCode } = (await terminal.at(a).send("POST", path, { client: "a terminal" })).json;
    expect((await ada.at(b).send("POST", `${path}/approve`, { userCode })).status).toBe(204);
    const taken = await Promise.all([a, b, a, b].map((node) => terminal.at(node).send("POST", `${path}/take`, { deviceCode })));
    expect(taken.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
    for (const { json } of taken) if (json.token != null) secret(json.token);
  });

  test("an invitation is used once, whichever nodes it comes to", async () => {
    const { json } = await a.operator("POST", `${ORGANIZATIONS}/${organization}/invitations`, { role: "viewer" });
    const token = secret(json.link.split("#")[1]);
    const [invited, another] = [await signUp("invited@example.com"), await signUp("another@example.com")];
    const accept = (node: PeopleServer, as: Balanced) => as.at(node).send("POST", "/keyward/v1/invitations/accept", { token });
    expect((await accept(b, invited)).status).toBe(200);
    expect((await accept(a, another)).status).toBe(404);
  });
});

describe("attempts", () => {
  test("of one address to sign in are counted over all nodes", async () => {
    const stranger = new Balanced();
    const statuses: number[] = [];
    for (let turn = 0; turn < 24; turn++)
      statuses.push((await wrongPassword(stranger, turn % 2 === 0 ? a : b, `nobody-${turn}@example.com`)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(4).fill(429)]);
  });

  test("at one account are spaced over all nodes, from whatever addresses; the right password forgets them everywhere", async () => {
    const email = "spaced@example.com";
    await signUp(email);
    const attempt = (turn: number) => wrongPassword(new Balanced(), turn % 2 === 0 ? a : b, email);
    const right = (node: PeopleServer) => new Balanced().at(node).send("POST", SIGN_IN, { email, password: PASSWORD });
    for (let turn = 0; turn < 4; turn++) expect((await attempt(turn)).status).toBe(401);
    expect((await right(b)).status).toBe(204);
    const statuses = (await Promise.all(Array.from({ length: 12 }, (_, turn) => attempt(turn)))).map(({ status }) => status);
    expect([statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length]).toEqual([5, 7]);
    for (const node of [a, b]) {
      const refused = await right(node);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    }
  });
});

test("a plan and its overrides that are changed on one node hold on the others at once", async () => {
  const id = await a.newOrganization();
  const { key } = (await a.operator("POST", `${ORGANIZATIONS}/${id}/keys`, {})).json;
  secret(key);
  const remaining = async (server: PeopleServer) => {
    const { status, headers } = await call(`${server.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } });
    return [status, /"minute";q=(\d+)/.exec(headers.get("ratelimit-policy") ?? "")?.[1]];
  };
  for (const limit of [40, 30, 20]) {
    for (const [changed, others] of [
      [a, b],
      [b, a],
    ] as const) {
      const overrides = { requestsPerMinute: limit + (changed === a ? 1 : 2) };
      expect((await changed.operator("PATCH", `${ORGANIZATIONS}/${id}`, { overrides })).status).toBe(200);
      expect(await remaining(others)).toEqual([200, String(overrides.requestsPerMinute)]);
    }
  }
});
