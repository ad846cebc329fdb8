/** JWTs of the platform's own identity: accepted by the management API, and which are not. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { definePlatform } from "../../platforms/index.ts";
import { keyward } from "../../platforms/keyward.ts";
import { peopleServer } from "../support/people.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { call } from "../support/server.ts";

const AUDIENCE = "keyward";
const ISSUER = "https://id.example.com";

/** A key server over HTTP, a platform that trusts it, and a server of that platform. */
async function platformServer(algorithms: readonly string[] = ["RS256"]) {
  const pairs = await Promise.all(
    algorithms.map(async (alg) => ({ alg, kid: alg, ...(await generateKeyPair(alg, { extractable: true })) })),
  );
  const state = { isDown: false, asked: 0 };
  const keys = await Promise.all(pairs.map(async ({ alg, kid, publicKey }) => ({ ...(await exportJWK(publicKey)), alg, kid })));
  const jwks = createServer((_request, response) => {
    state.asked++;
    response.writeHead(state.isDown ? 500 : 200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((listening) => jwks.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void jwks.close());
  const file = join(traceDirectory("platform"), "platform.ts");
  const identity = {
    issuer: ISSUER,
    jwksUri: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks`,
    audience: AUDIENCE,
    claims: { organizationId: "org_id", userId: "sub", role: "role" },
  };
  writeFileSync(
    file,
    `import { keyward } from ${JSON.stringify(join(import.meta.dirname, "../../platforms/keyward.ts"))};\nexport default { ...keyward, identity: ${JSON.stringify(identity)} };\n`,
  );
  const server = await peopleServer({ KEYWARD_PASSWORD_SIGN_IN: "off" }, { platform: file });
  const organizationId = await server.newOrganization();
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: "user-1", org_id: organizationId, role: "member", iat: now, exp: now + 300 };
  const { privateKey, publicKey } = pairs[0]!;
  return {
    server,
    state,
    organizationId,
    claims,
    privateKey,
    publicKey,
    pairs,
    path: `/keyward/v1/organizations/${organizationId}/keys`,
    sign: async (
      changes: object = {},
      { alg = algorithms[0]!, key = privateKey, kid = alg }: { alg?: string; key?: CryptoKey | Uint8Array; kid?: string } = {},
    ) => secret(await new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg, kid }).sign(key)),
    ask: (token: string, method: string, to: string, body?: object) =>
      call(server.url + to, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}

test.each(["RS256", "PS256", "ES256", "EdDSA"])("one signed with %s manages the keys of its organization, and no other's", async (alg) => {
  const { server, sign, ask, path } = await platformServer([alg]);
  const token = await sign();
  const made = await ask(token, "POST", path);
  expect(made.status).toBe(201);
  secret(made.json.key);
  const [other, unknown] = [await server.newOrganization(), "org_00000000000000000000000000"].map(
    (id) => `/keyward/v1/organizations/${id}/keys`,
  );
  const [theirs, none] = [await ask(token, "GET", other!), await ask(token, "GET", unknown!)];
  expect([theirs.status, theirs.text]).toEqual([404, none.text]);
  expect((await ask(await sign({ org_id: "org_00000000000000000000000000" }), "GET", unknown!)).text).toBe(none.text);
  expect((await ask(token, "DELETE", "/keyward/v1/session")).status).toBe(403);
});

test("its role counts: a viewer and an unknown role only read", async () => {
  const { sign, ask, path } = await platformServer();
  for (const role of ["viewer", "superuser", undefined, 1, ["owner"]]) {
    const token = await sign({ role });
    expect([(await ask(token, "GET", path)).status, (await ask(token, "POST", path)).status], String(role)).toEqual([200, 403]);
  }
});

test("its role is no more than it says: an admin makes no owners, an owner does, a member makes nobody", async () => {
  const { sign, ask, organizationId } = await platformServer();
  const path = `/keyward/v1/organizations/${organizationId}/invitations`;
  const invite = async (as: string, role: string) => {
    const reply = await ask(await sign({ role: as }), "POST", path, { role });
    if (reply.status === 201) secret(new URL(reply.json.link).hash.slice(1));
    return reply.status;
  };
  expect([
    await invite("admin", "owner"),
    await invite("admin", "admin"),
    await invite("owner", "owner"),
    await invite("member", "viewer"),
  ]).toEqual([403, 201, 201, 403]);
});

test("refused: no signature, another key, HS256 with the public key, expired, without exp, another audience or issuer, no organization", async () => {
  const { sign, ask, path, claims, publicKey } = await platformServer();
  const other = await generateKeyPair("RS256");
  const symmetric = new TextEncoder().encode(await exportSPKI(publicKey));
  const asJwk = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
  const now = Math.floor(Date.now() / 1000);
  const refused: Record<string, string> = {
    "alg none": new UnsecuredJWT(claims).encode(),
    "another key": await sign({}, { key: other.privateKey, kid: "RS256" }),
    "HS256 with the public key": await sign({}, { alg: "HS256", key: symmetric, kid: "RS256" }),
    "HS256 with the public key as JWK": await sign({}, { alg: "HS256", key: asJwk, kid: "RS256" }),
    "an unknown kid": await sign({}, { alg: "RS256", key: other.privateKey, kid: "unknown" }),
    "another algorithm of the same key": await sign({}, { alg: "RS512", key: (await generateKeyPair("RS512")).privateKey, kid: "RS256" }),
    expired: await sign({ exp: now - 1 }),
    "without exp": await sign({ exp: undefined }),
    "not yet valid": await sign({ nbf: now + 100 }),
    "another audience": await sign({ aud: "other" }),
    "no audience": await sign({ aud: undefined }),
    "another issuer": await sign({ iss: "https://evil.example" }),
    "no organization": await sign({ org_id: undefined }),
    "an organization that is no text": await sign({ org_id: 1 }),
    "no person": await sign({ sub: undefined }),
    altered: `${(await sign()).slice(0, -4)}AAAA`,
  };
  for (const [what, token] of Object.entries(refused)) expect((await ask(token, "GET", path)).status, what).toBe(401);
  expect((await ask(await sign(), "GET", path)).status).toBe(200);
});

test("an outage of its keys is 503 and no verdict; keys that were read stay in use, and unknown ones are not asked for again and again", async () => {
  const { sign, ask, path, state } = await platformServer();
  state.isDown = true;
  const during = await ask(await sign(), "GET", path);
  expect([during.status, during.json.code]).toEqual([503, "identity_unavailable"]);
  state.isDown = false;
  expect((await ask(await sign(), "GET", path)).status).toBe(200);
  state.isDown = true;
  expect((await ask(await sign(), "GET", path)).status).toBe(200);
  const { asked } = state;
  const { privateKey } = await generateKeyPair("RS256");
  const strange = await sign({}, { key: privateKey, kid: "strange" });
  for (let times = 0; times < 5; times++) expect((await ask(strange, "GET", path)).status).toBe(401);
  expect(state.asked - asked).toBeLessThanOrEqual(1);
});

test.each([
  ["keys over plain http", { jwksUri: "http://id.example.com/jwks" }],
  ["no issuer", { issuer: "" }],
  ["no audience", { audience: "" }],
])("a platform with %s is refused when it is described", (_what, change) => {
  const identity = {
    issuer: ISSUER,
    jwksUri: "https://id.example.com/jwks",
    audience: AUDIENCE,
    claims: { organizationId: "org_id", userId: "sub" },
    ...change,
  };
  expect(() => definePlatform({ ...keyward, identity })).toThrow(RangeError);
});
