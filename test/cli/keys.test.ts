/** `keyward keys`: from the first to the last thing that happens to a key. */
import { expect, test } from "vitest";
import { json, run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("a key is made, shown once, verified, disabled, enabled, rotated and revoked", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    # The key stands in this response and in no other.
    $ keyward keys create --org {acme} --name "the backend" --environment test --scopes agents:write,agents:read --requests-per-minute 2
    key                        {key}
    id                         {id}
    organizationId             {acme}
    name                       the backend
    environment                test
    prefix                     kw_test_…
    status                     active
    refusedFor                 -
    condition                  active
    enabled                    true
    scopes                     agents:read, agents:write
    resources                  -
    publicKey                  -
    domains                    -
    rotationDue                false
    limits.requestsPerMinute   2
    limits.requestsPerDay      none
    limits.concurrentRequests  none
    createdAt                  …
    updatedAt                  …
    expiresAt                  -
    revokedAt                  -
    lastUsedAt                 -
    predecessorId              -
    successorId                -
    ! keyward: keep the key now: it is not shown again
    # A key comes in on standard input, so that it stands in no list of processes. Each verification counts as a request.
    $ echo {key} | keyward keys verify -
    valid           true
    code            valid
    keyId           {id}
    organizationId  {acme}
    environment     test
    scopes          agents:read, agents:write
    resources       -
    rateLimits      name=minute limit=2 remaining=1 resetSeconds=… windowSeconds=60
    # Whose key this is: the record, whatever its status. It counts as no request.
    $ printf %s {key} | keyward keys find - --org {acme}
    id                         {id}
    organizationId             {acme}
    name                       the backend
    ⋮
    # An id says which key it is; its organization need not be named.
    $ keyward keys disable {id} --json
    {
      "id": "{id}",
      "organizationId": "{acme}",
      "name": "the backend",
      "environment": "test",
      "prefix": "kw_test_…",
      "status": "disabled",
      "refusedFor": [
        "disabled"
      ],
      "condition": "disabled",
      "enabled": false,
    ⋮
    # A no is exit code 10, and the verdict stands on standard output all the same.
    $ echo {key} | keyward keys verify -   # exit 10
    valid           false
    code            disabled
    ⋮
    $ keyward keys enable {id}
    id                         {id}
    ⋮
    $ printf %s {key} | keyward keys verify -
    valid           true
    ⋮
    $ echo {key} | keyward keys verify - --json   # exit 10
    {
      "valid": false,
      "code": "rate_limited",
    ⋮
    # The successor has the same settings; the old key works until the overlap has passed.
    $ keyward keys rotate {id} --overlap 1h
    key                        {successor_key}
    id                         {successor}
    organizationId             {acme}
    name                       the backend
    ⋮
    ! keyward: keep the key now: it is not shown again
    $ keyward keys list --org {acme}
    ID                              PREFIX        ENVIRONMENT  STATUS    CREATED                   EXPIRES                   LAST USED                 NAME
    {successor}  kw_test_…  test         active    …  -                         -                         the backend
    {id}  kw_test_…  test         rotating  …  …  …  the backend
    $ keyward keys rotate {id}             # exit 1
    ! keyward: This key has a successor already; rotate that one.
    ! keyward: Rotate its successor instead.
    # Revoking is for good, and may be said twice.
    $ keyward keys revoke {id}
    id                         {id}
    ⋮
    $ keyward keys revoke {id}
    id                         {id}
    ⋮
    $ echo {key} | keyward keys verify -   # exit 10
    valid           false
    code            revoked
    ⋮
    $ keyward keys enable {id}             # exit 1
    ! keyward: A revoked or expired key cannot be changed; create a new one.
    ! keyward: Create a new key; a revoked or expired key cannot be made active again.
    $ keyward keys list --org {acme} --active
    ID                              PREFIX        ENVIRONMENT  STATUS  CREATED                   EXPIRES  LAST USED  NAME
    {successor}  kw_test_…  test         active  …  -        -          the backend
    $ keyward keys get {id}
    id                         {id}
    organizationId             {acme}
    name                       the backend
    environment                test
    prefix                     kw_test_…
    status                     revoked
    ⋮
  `,
    { cwd },
  );
  // Some twenty-five processes, one after another.
}, 60_000);

test("rotating again says first which key it ends, and goes on", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --secret-only
    {first_key}
    $ keyward keys list --org {acme} --json
    {
      "data": [
        {
          "id": "{first}",
    ⋮
    # The first rotation ends nothing but, a day from now, the key itself.
    $ keyward keys rotate {first} --json
    {
      "id": "{second}",
    ⋮
    $ keyward keys rotate {second} --secret-only
    {third_key}
    ! keyward: the key before it, {first}, would have worked until …; this rotation ends it now
    $ keyward keys get {first}
    id                         {first}
    organizationId             {acme}
    name                       -
    environment                live
    prefix                     kw_live_…
    status                     expired
    ⋮
    $ echo {third_key} | keyward keys verify -
    valid           true
    ⋮
  `,
    { cwd },
  );
});

test("--secret-only leaves the key alone on standard output, and nothing on standard error", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --expires-in 90d --secret-only
    {key}
    $ keyward keys create --org {acme} --secret-only | keyward keys verify -
    valid           true
    code            valid
    keyId           {id}
    ⋮
    $ keyward keys rotate {id} --overlap 0s --secret-only
    {successor}
  `,
    { cwd },
  );
});

test("an Idempotency-Key makes one key, however often the command is repeated; its secret is shown the first time alone", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --idempotency-key deploy-1
    key                        {once}
    id                         {only}
    ⋮
    ! keyward: keep the key now: it is not shown again
    $ keyward keys create --org {acme} --idempotency-key deploy-1
    id                         {only}
    organizationId             {acme}
    ⋮
    ! keyward: an earlier request made this; its key is not shown again
    $ keyward keys create --org {acme} --idempotency-key deploy-1 --secret-only            # exit 1
    ! keyward: {only} was made by an earlier request, and its key is not shown again
    ! keyward: rotate it to get a new key
    $ keyward keys create --org {acme} --idempotency-key deploy-1 --name other --json      # exit 1
    ! keyward: This Idempotency-Key was used for a request with other content.
    ! keyward: Use a new Idempotency-Key for a new request.
  `,
    { cwd },
  );
});

test("settings are changed one by one, and taken back with a word; what is not named stays", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --name backend --scopes agents:read --json id
    {
      "id": "{id}"
    }
    $ keyward keys update {id} --name frontend --requests-per-minute 5 --expires-at 2099-01-31T12:00:00Z --json name,scopes,limits,expiresAt
    {
      "name": "frontend",
      "scopes": [
        "agents:read"
      ],
      "limits": {
        "requestsPerMinute": 5,
        "requestsPerDay": null,
        "concurrentRequests": null
      },
      "expiresAt": "2099-01-31T12:00:00.000Z"
    }
    $ keyward keys update {id} --name "" --requests-per-minute none --expires-at none --scopes "" --json name,scopes,limits.requestsPerMinute,expiresAt
    {
      "name": null,
      "scopes": [],
      "limits": {
        "requestsPerMinute": null
      },
      "expiresAt": null
    }
    $ keyward keys update {id}                              # exit 2
    ! keyward: name at least one thing to change
    ! keyward: see \`keyward keys update --help\`
    $ keyward keys update {id} --requests-per-day many      # exit 2
    ! keyward: option '--requests-per-day <N>' argument 'many' is invalid. It must be a whole number, or none.
    ! …
    $ keyward keys update {id} --requests-per-day 0         # exit 1
    ! keyward: limits.requestsPerDay must be a whole number from 1 to 1000000000, or null for no limit
  `,
    { cwd },
  );
});

test("the use of a key is shown by interval and outcome", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --requests-per-minute 1 --secret-only
    {key}
    $ printf %s {key} | keyward keys verify - --json keyId
    {
      "keyId": "{id}"
    }
    $ printf %s {key} | keyward keys verify - --json code                   # exit 10
    {
      "code": "rate_limited"
    }
    $ keyward keys usage {id} --table
    FROM                      RATE_LIMITED  VALID
    …  1             1
    total                     1             1
    $ keyward keys usage {id} --period 30d --json totals
    {
      "totals": {
        "rate_limited": 1,
        "valid": 1
      }
    }
    $ keyward keys usage {id} --period 1y                                   # exit 2
    ! keyward: option '--period <P>' argument '1y' is invalid. Allowed choices are 24h, 7d, 30d.
    ! …
  `,
    { cwd },
  );
});

test("--json prints the management API's own document", async () => {
  const acme = await server.newOrganization();
  const made = await json(
    `keyward keys create --org ${acme} --expires-at 2099-01-31T12:00:00Z --requests-per-day 7 --concurrent-requests 2`,
    cwd,
  );
  const { json: record } = await server.operator("GET", `/keyward/v1/organizations/${acme}/keys/${made.id}`);
  expect(made).toEqual({ ...record, key: expect.stringMatching(/^kw_live_\w{50}$/) });
  expect(record).toMatchObject({
    expiresAt: "2099-01-31T12:00:00.000Z",
    limits: { requestsPerMinute: null, requestsPerDay: 7, concurrentRequests: 2 },
  });
  expect(await json(`keyward keys get ${made.id}`, cwd)).toEqual(record);
  expect(await json(`keyward keys list --org ${acme}`, cwd)).toEqual({ data: [record], nextCursor: null });
  expect(await json(`keyward keys rotate ${made.id}`, cwd)).toMatchObject({
    predecessorId: made.id,
    key: expect.stringMatching(/^kw_live_/),
  });
  expect(await json(`keyward keys revoke ${made.id}`, cwd)).toMatchObject({
    id: made.id,
    status: "revoked",
    revokedAt: expect.any(String),
  });
});

test("a list is one page, with a note if there are more; with --all it is every page in one document", async () => {
  const organizations = await Promise.all(Array.from({ length: 101 }, (_, n) => server.newOrganization({ name: `Org ${n}` })));
  const owner = organizations[0] ?? "";
  const keys = (await Promise.all(Array.from({ length: 101 }, () => server.newKey(owner)))).map(({ id }) => id);
  for (const [command, ids] of [
    ["keyward orgs list", organizations],
    [`keyward keys list --org ${owner}`, keys],
  ] as const) {
    const newestFirst = ids.toSorted().reverse();
    const page = await run(command, { cwd });
    expect({ ...page, out: page.out.match(/^\w+_\w{26}/gm) }).toEqual({
      exit: 0,
      out: newestFirst.slice(0, 50),
      err: "keyward: there are more; --all shows them\n",
    });
    const all = (await json(`${command} --all`, cwd)) as { data: { id: string }[] };
    // What other tests have made is older.
    expect({ ...all, data: all.data.slice(0, newestFirst.length).map(({ id }) => id) }).toEqual({ data: newestFirst, nextCursor: null });
  }
});
