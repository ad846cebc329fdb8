/** OpenID Connect: which responses of a provider sign somebody in, and which do not. */
import { DatabaseSync } from "node:sqlite";
import { generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Browser, type Claims, identityProvider, PASSWORD, type PeopleServer, peopleServer } from "../support/people.ts";
import { secret } from "../support/root.ts";

/** A server, its provider, and how a sign-in there ends. */
async function start(settings: Record<string, string> = {}, whenDone: (end: () => Promise<void> | void) => unknown = onTestFinished) {
  const provider = await identityProvider(whenDone);
  const server = await peopleServer({ ...provider.env, ...settings }, { whenDone });
  const signIn = async (turn?: (callback: URL) => string, name = "oidc") => {
    const browser = new Browser(server.url);
    const reply = await browser.signInWith(name, turn);
    const location = new URL(reply.headers.get("location") ?? "/", server.url);
    return { browser, reply, isSignedIn: browser.isSignedIn, error: location.searchParams.get("error") };
  };
  return { ...provider, server, signIn };
}

type Provider = Awaited<ReturnType<typeof start>>;

/** For all tests that do not change what is discovered, which a server keeps. */
let shared: Provider;
const ends: (() => Promise<void> | void)[] = [];
let people = 0;
beforeAll(async () => {
  shared = await start({ KEYWARD_PASSWORD_SIGN_IN: "invited" }, (end) => ends.push(end));
});
afterAll(async () => {
  for (const end of ends) await end();
});
/** A person whom nobody knows, and a provider that does what it should. */
beforeEach(() => {
  const { state, signed } = shared;
  people += 1;
  Object.assign(state, {
    person: { sub: String(people), email: `ada${people}@example.com`, verified: true, name: "Ada" },
    returnedIssuer: null,
    instead: {},
    asked: [],
  });
  state.idToken = (claims) => signed(claims);
});

const without =
  (name: string) =>
  ({ [name]: _left, ...claims }: Claims): Claims =>
    claims;
const usersOf = (server: PeopleServer): number => {
  const database = new DatabaseSync(`${server.directory}/keyward.db`);
  const row = database.prepare("select count(*) as users from users").get() as { users: number };
  database.close();
  return row.users;
};
const seconds = () => Math.floor(Date.now() / 1_000);

describe("an ID token", () => {
  test.each<[string, (provider: Provider) => (claims: Claims) => Promise<string | undefined>]>([
    ["that is absent", () => async () => undefined],
    ["that is empty", () => async () => ""],
    ["that is no JWT", () => async () => "opaque"],
    [
      "without our nonce",
      ({ signed }) =>
        async (claims) =>
          signed(without("nonce")(claims)),
    ],
    [
      "with another nonce",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, nonce: "another" }),
    ],
    [
      "with the nonce in a list",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, nonce: [claims.nonce] }),
    ],
    [
      "of another issuer",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, iss: "https://evil.example" }),
    ],
    [
      "without an issuer",
      ({ signed }) =>
        async (claims) =>
          signed(without("iss")(claims)),
    ],
    [
      "for another client",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, aud: "another" }),
    ],
    [
      "for several clients, and it does not say which one asked",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, aud: ["client", "another"] }),
    ],
    [
      "that another client asked for",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, aud: ["client", "another"], azp: "another" }),
    ],
    [
      "that has expired",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, exp: seconds() - 60 }),
    ],
    [
      "that never expires",
      ({ signed }) =>
        async (claims) =>
          signed(without("exp")(claims)),
    ],
    [
      "that is not valid yet",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, nbf: seconds() + 600 }),
    ],
    [
      "without a time",
      ({ signed }) =>
        async (claims) =>
          signed(without("iat")(claims)),
    ],
    [
      "without a subject",
      ({ signed }) =>
        async (claims) =>
          signed(without("sub")(claims)),
    ],
    [
      "with an empty subject",
      ({ signed }) =>
        async (claims) =>
          signed({ ...claims, sub: "" }),
    ],
    [
      "that another key signed",
      ({ signed }) =>
        async (claims) =>
          signed(claims, { key: (await generateKeyPair("RS256")).privateKey }),
    ],
    [
      "that the public key signed, as a secret",
      ({ signed, jwk }) =>
        async (claims) =>
          signed(claims, { key: new TextEncoder().encode(JSON.stringify(jwk)), alg: "HS256" }),
    ],
    [
      "that nobody signed",
      () => async (claims) =>
        `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`,
    ],
    [
      "whose claims were changed afterwards",
      ({ signed }) =>
        async (claims) => {
          const [header, , signature] = (await signed(claims)).split(".");
          return `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: "2" })).toString("base64url")}.${signature}`;
        },
    ],
  ])("%s signs nobody in, and makes no account", async (_what, idTokenOf) => {
    const { state, signed, server, signIn } = shared;
    const users = usersOf(server);
    state.idToken = idTokenOf(shared);
    const { isSignedIn, error } = await signIn();
    expect({ isSignedIn, error, users: usersOf(server) }).toEqual({ isSignedIn: false, error: "id_token_invalid", users });
    state.idToken = (claims) => signed(claims);
    expect((await signIn()).isSignedIn, "the usual one signs in").toBe(true);
  });

  test.each<[string, (claims: Claims) => Claims]>([
    ["for several clients, of which ours asked", (claims) => ({ ...claims, aud: ["client", "another"], azp: "client" })],
    ["whose clock is a little behind", (claims) => ({ ...claims, exp: seconds() - 10 })],
  ])("%s signs in", async (_what, change) => {
    const { state, signed, signIn } = shared;
    state.idToken = (claims) => signed(change(claims));
    expect((await signIn()).isSignedIn).toBe(true);
  });

  test("without an e-mail address is completed by userinfo, of the same person alone", async () => {
    const { state, signed, signIn } = shared;
    state.idToken = (claims) => signed(without("email")(without("name")(claims)));
    const { browser } = await signIn();
    expect((await browser.session()).user).toMatchObject({ name: "Ada", email: state.person.email });
    state.idToken = (claims) => signed({ ...without("email")(claims), sub: "another" });
    expect(await signIn()).toMatchObject({ isSignedIn: false, error: "sign_in_failed" });
    state.instead["/userinfo"] = { status: 200, body: { sub: state.person.sub } };
    state.idToken = (claims) => signed(without("email")(claims));
    expect(await signIn()).toMatchObject({ isSignedIn: false, error: "email_not_found" });
  });
});

describe("the authorization response", () => {
  test.each<[string, boolean, [what: string, issuerOf: (issuer: string) => string | null, error: string | null][]]>([
    [
      "announces it",
      true,
      [
        ["without iss", () => null, "issuer_missing"],
        ["with another's", () => "https://evil.example", "issuer_mismatch"],
        ["with an empty one", () => "", "issuer_mismatch"],
        ["with a slash too much", (issuer) => `${issuer}/`, "issuer_mismatch"],
        ["with its own", (issuer) => issuer, null],
      ],
    ],
    [
      "does not announce it",
      false,
      [
        ["without iss", () => null, null],
        ["with another's", () => "https://evil.example", "issuer_mismatch"],
        ["with its own", (issuer) => issuer, null],
      ],
    ],
  ])(
    "of a provider that %s is taken with the right iss alone (RFC 9207), and a refused code is sent nowhere",
    async (_how, isAnnounced, rows) => {
      const { state, signIn } = await start();
      state.metadata = { authorization_response_iss_parameter_supported: isAnnounced };
      for (const [what, issuerOf, error] of rows) {
        state.asked = [];
        state.returnedIssuer = issuerOf(state.issuer);
        const ended = await signIn();
        expect([what, ended.isSignedIn, ended.error]).toEqual([what, error === null, error]);
        expect(state.asked.map(({ path }) => path)).toEqual(error === null ? ["/token"] : []);
      }
    },
  );

  test.each(["code", "state", "iss"])("with two of %s signs nobody in", async (name) => {
    const { state, signIn } = shared;
    state.returnedIssuer = state.issuer;
    const twice = (callback: URL) => {
      callback.searchParams.append(name, callback.searchParams.get(name) ?? "");
      return callback.href;
    };
    expect(await signIn(twice)).toMatchObject({ isSignedIn: false, error: "state_mismatch" });
    expect(state.asked).toEqual([]);
  });

  test.each([
    ["github", "oidc"],
    ["oidc", "github"],
  ])("of a sign-in that was begun at %s is of no use at %s, and its code is sent to neither", async (begunAt, at) => {
    const { state, signIn } = shared;
    const elsewhere = (callback: URL) => callback.href.replace(`/callback/${begunAt}`, `/callback/${at}`);
    const { isSignedIn, error } = await signIn(elsewhere, begunAt);
    expect({ isSignedIn, error }).toEqual({
      isSignedIn: false,
      error: expect.stringMatching(/^(?:state_mismatch|nonce_binding_missing)$/),
    });
    expect(state.asked).toEqual([]);
  });

  test("is taken once, also when it comes twice at the same time, and brings a session of its own", async () => {
    const { server, state } = shared;
    const browser = new Browser(server.url);
    const begun = await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "oidc" });
    const callback = (await fetch(begun.json.url, { redirect: "manual" })).headers.get("location")!;
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    // Whoever planted a session's token before must not know the one that follows.
    const planted = secret("planted-planted-planted.c2lnbmF0dXJl");
    const back = () =>
      fetch(new URL(callback, server.url), { redirect: "manual", headers: { cookie: `${cookies}; keyward.session_token=${planted}` } });
    const tokens = (await Promise.all([back(), back()]))
      .flatMap((reply) => reply.headers.getSetCookie())
      .filter((line) => /^keyward\.session_token=[^;]/.test(line));
    for (const line of tokens) secret(decodeURIComponent(/=([^;]*)/.exec(line)![1]!));
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).not.toContain("planted");
    expect((await back()).headers.getSetCookie().filter((line) => line.startsWith("keyward.session_token="))).toEqual([]);
    expect(state.asked.length).toBeGreaterThan(0);
  });
});

describe("discovery", () => {
  test("that is another issuer's, has no keys, or names what is no address begins no sign-in, and is asked for again", async () => {
    const { state, server } = await start();
    const begin = () => new Browser(server.url).send("POST", "/keyward/auth/sign-in/social", { provider: "oidc" });
    for (const metadata of [{ issuer: "https://evil.example" }, { jwks_uri: undefined }, { token_endpoint: "javascript:alert(1)" }]) {
      state.metadata = metadata;
      const begun = await begin();
      expect([metadata, begun.status, begun.json.code]).toEqual([metadata, 503, "identity_unavailable"]);
    }
    state.metadata = {};
    expect((await begin()).status).toBe(200);
  });

  test.each<[string, string[] | undefined, boolean]>([
    ["in the form where nothing is said", undefined, true],
    ["in the form where that is among the ways", ["client_secret_basic", "client_secret_post"], true],
    ["in a header where that is the only way", ["client_secret_basic"], false],
  ])("says how the client's secret is sent: %s", async (_where, methods, inForm) => {
    const { state, signIn } = await start();
    state.metadata = { token_endpoint_auth_methods_supported: methods };
    expect((await signIn()).isSignedIn).toBe(true);
    const [asked] = state.asked;
    expect([asked?.form.get("client_secret"), asked?.authorization]).toEqual(
      inForm ? ["client-secret", undefined] : [null, `Basic ${btoa("client:client-secret")}`],
    );
  });
});

describe("what a provider says of a person", () => {
  // biome-ignore format: a table
  test.each<[string, string | undefined, string]>([
    ["a direction that is turned around goes",  "Ada \u202eecalevoL",            "Ada ecalevoL"],
    ["line breaks become spaces",               "Ada\r\nX-Admin: yes",           "Ada  X-Admin: yes"],
    ["an escape sequence loses its escape",     "\u001b[31mAda",                 "[31mAda"],
    ["the end of a long one is cut off",        "a".repeat(5_000),               "a".repeat(128)],
    ["spaces around it go",                     "  Ada  ",                       "Ada"],
    ["of one that shows nothing the address takes the place", "\u200b\u2066",    "ada:"],
    ["of none the address takes the place",     undefined,                       "ada:"],
  ])("is cleaned: in a name, %s", async (_what, name, kept) => {
    const { state, signIn } = shared;
    state.person = { ...state.person, name };
    expect((await (await signIn()).browser.session()).user.name).toBe(kept === "ada:" ? state.person.email.split("@")[0] : kept);
  });

  test.each([
    ["CR and LF", "ada@example.com\r\nbcc: eve@example.com"],
    ["a NUL", "ada\u0000@example.com"],
    ["a direction", "ada\u202e@example.com"],
    ["no at sign", "ada"],
    ["a reserved name", "operator@keyward.invalid"],
  ])("is refused: an e-mail address with %s", async (_what, email) => {
    const { state, server, signIn } = shared;
    const users = usersOf(server);
    state.person = { ...state.person, email };
    for (const name of ["oidc", "github"]) {
      const { isSignedIn, error } = await signIn(undefined, name);
      expect({ isSignedIn, error }).toEqual({ isSignedIn: false, error: "email_not_valid" });
    }
    expect(usersOf(server)).toBe(users);
  });
});

describe.each(["github", "oidc"])("by an invitation, with %s,", (name) => {
  async function invited() {
    const provider = shared;
    const organizationId = await provider.server.newOrganization();
    const { link } = (await provider.server.operator("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role: "member" }))
      .json;
    const invitation = secret(new URL(link).hash.slice(1));
    const come = async (browser = new Browser(provider.server.url)) => {
      const begun = await browser.send("POST", "/keyward/auth/sign-in/social", {
        provider: name,
        invitation,
        errorCallbackURL: "/keyward/invitation",
      });
      if (begun.status !== 200) return { browser, begun, error: null };
      const callback = (await fetch(begun.json.url, { redirect: "manual" })).headers.get("location")!;
      return {
        browser,
        begun,
        error: new URL((await browser.send("GET", callback)).headers.get("location")!, provider.server.url).searchParams.get("error"),
      };
    };
    return { ...provider, organizationId, invitation, come };
  }

  test("a newcomer is a member at once, uses it up, and has no organization of their own", async () => {
    const { server, state, organizationId, come, signIn } = await invited();
    const users = usersOf(server);
    const { browser } = await come();
    expect((await browser.session()).organizations).toEqual([expect.objectContaining({ id: organizationId, role: "member" })]);
    expect((await (await signIn(undefined, name)).browser.session()).organizations, "signed in again").toHaveLength(1);
    state.person = { sub: `9${state.person.sub}`, email: `eve.${state.person.email}`, verified: true, name: "Eve" };
    const { begun } = await come();
    expect([begun.status, begun.json.code]).toEqual([403, "forbidden"]);
    expect(usersOf(server)).toBe(users + 1);
  });

  test("that somebody else has used meanwhile, there is no account and a page that says so", async () => {
    const { server, state, invitation } = await invited();
    const users = usersOf(server);
    const browser = new Browser(server.url);
    const begun = await browser.send("POST", "/keyward/auth/sign-in/social", {
      provider: name,
      invitation,
      errorCallbackURL: "/keyward/invitation",
    });
    const callback = (await fetch(begun.json.url, { redirect: "manual" })).headers.get("location")!;
    const rival = await new Browser(server.url).send("POST", "/keyward/auth/sign-up/email", {
      name: "Eve",
      email: `eve.${state.person.email}`,
      password: PASSWORD,
      invitation,
    });
    expect(rival.status).toBe(204);
    expect((await browser.send("GET", callback)).headers.get("location")).toBe("/keyward/invitation?error=invitation_gone");
    expect([browser.isSignedIn, usersOf(server)]).toEqual([false, users + 1]);
  });

  test("a person who already has an account signs in, and can still accept the invitation", async () => {
    const { signIn, come, organizationId, invitation } = await invited();
    await signIn(undefined, name);
    const { browser } = await come();
    expect((await browser.session()).organizations.map(({ id }: { id: string }) => id)).not.toContain(organizationId);
    expect((await browser.send("POST", "/keyward/v1/invitations/accept", { token: invitation })).status).toBe(200);
  });

  test("its token is not kept while somebody is at the provider", async () => {
    const { server, invitation } = await invited();
    await new Browser(server.url).send("POST", "/keyward/auth/sign-in/social", { provider: name, invitation });
    const database = new DatabaseSync(`${server.directory}/keyward.db`);
    const [kept] = database.prepare("select value from verifications order by id desc limit 1").all() as { value: string }[];
    database.close();
    expect(kept?.value).toContain('"invitation":');
    expect(kept?.value).not.toContain(invitation);
  });
});
