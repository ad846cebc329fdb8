/** `keyward token` and `keyward service-tokens`: who else may call the API, and as what. */
import { expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { json, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("a JWT manages the keys of its organization from anywhere, and nothing else", async () => {
  const other = await server.newKey(await server.newOrganization());
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    # The JWT stands alone on standard output.
    $ keyward token --org {acme}
    {jwt}
    $ keyward token --org {acme} --ttl 1s --json
    {
      "token": "…",
      "expiresAt": "…"
    }
    # On another machine the server is named by its URL, and the token stands in KEYWARD_TOKEN.
    $ KEYWARD_TOKEN={jwt} keyward keys create --org {acme} --url {url} --name remote
    key                        {made}
    id                         {id}
    ⋮
    ! keyward: keep the key now: it is not shown again
    $ KEYWARD_TOKEN="$(keyward token --org {acme})" keyward keys disable {id} --url {url}/
    id                         {id}
    ⋮
    # What belongs to others is as unknown as what does not exist.
    $ KEYWARD_TOKEN={jwt} keyward keys get {other} --url {url}     # exit 3
    ! keyward: There is no such key.
    ! …
    # What is the operator's alone is refused.
    $ KEYWARD_TOKEN={jwt} keyward orgs list --url {url}            # exit 4
    ! keyward: This credential may not do this.
    ! keyward: Use a credential that may manage this.
    $ keyward token --org {acme} --ttl 2d                          # exit 1
    ! keyward: ttl must be between 1s and 1d
    $ keyward token --org nobody                                   # exit 3
    ! keyward: There is no such organization.
    ! …
  `,
    { cwd, words: { url: server.url, other: other.id } },
  );
});

test("a link signs the operator into the dashboard, once", async () => {
  const { first, second } = await script(
    `
    # The link stands alone on standard output; a new one takes the place of the one before.
    $ keyward sign-in
    {first}
    $ keyward sign-in
    {second}
    $ keyward sign-in --json
    {
      "url": "{third}",
      "expiresAt": "…"
    }
  `,
    { cwd },
  );
  const use = (link: string | undefined) => fetch(secret(link) ?? "", { redirect: "manual" });
  const [stale, good] = [await use(first), await use(second)];
  // The one made with --json took the place of both.
  expect([stale.status, good.status]).toEqual([401, 401]);
  const { url } = await json("keyward sign-in", cwd);
  const [entered, again] = [await use(String(url)), await use(String(url))];
  expect([entered.status, entered.headers.get("location"), again.status]).toEqual([303, `${server.url}/keyward/`, 401]);
  for (const cookie of entered.headers.getSetCookie()) secret(decodeURIComponent(cookie.split(/[=;]/)[1] ?? ""));
});

test("a service token verifies until it is revoked, and does nothing else", async () => {
  const { key } = await server.newKey(await server.newOrganization());
  await script(
    `
    $ keyward service-tokens create --name gateway
    token      {token}
    id         {gateway}
    name       gateway
    createdAt  …
    revokedAt  -
    ! keyward: keep the token now: it is not shown again
    $ keyward service-tokens create --name worker --secret-only
    kws_…
    $ keyward service-tokens list
    ID                             CREATED                   REVOKED  NAME
    {gateway}  …  -        gateway
    st_…  …  -        worker
    $ echo {key} | KEYWARD_TOKEN={token} keyward keys verify - --url {url}
    valid           true
    ⋮
    $ KEYWARD_TOKEN={token} keyward service-tokens list --url {url}         # exit 4
    ! keyward: This credential may not do this.
    ! …
    $ keyward service-tokens revoke {gateway} --json
    {
      "id": "{gateway}",
      "name": "gateway",
      "createdAt": "…",
      "revokedAt": "…"
    }
    $ echo {key} | KEYWARD_TOKEN={token} keyward keys verify - --url {url}  # exit 4
    ! keyward: The token is not valid, or has expired.
    ! …
    $ keyward service-tokens revoke {gateway}
    id         {gateway}
    ⋮
    $ keyward service-tokens revoke st_00000000000000000000000000           # exit 3
    ! keyward: There is no such service token.
    ! …
    $ keyward service-tokens create                                         # exit 2
    ! keyward: required option '--name <N>' not specified
    ! keyward: see \`keyward service-tokens create --help\`
  `,
    { cwd, words: { url: server.url, key } },
  );
  expect(await json("keyward service-tokens create --name json", cwd)).toEqual({
    id: expect.stringMatching(/^st_/),
    name: "json",
    createdAt: expect.any(String),
    revokedAt: null,
    token: expect.stringMatching(/^kws_\w{50}$/),
  });
});
