/** `keyward orgs`. */
import { expect, test } from "vitest";
import { run, script, serverHere } from "./script.ts";

const { cwd } = serverHere();

test("organizations are made, listed, looked at and changed", async () => {
  await script(
    `
    # An organization has the platform's default plan unless another is named.
    $ keyward orgs create Acme
    id         {acme}
    name       Acme
    plan       unlimited
    overrides  -
    createdAt  …
    updatedAt  …
    $ keyward orgs create "Béta & Söhne" --plan free --json
    {
      "id": "{beta}",
      "name": "Béta & Söhne",
      "plan": "free",
      "overrides": {},
      "createdAt": "…",
      "updatedAt": "…"
    }
    # Lists begin with the newest.
    $ keyward orgs list
    ID                              PLAN       LIMITS                         CREATED                   NAME
    {beta}  free       60/min, 10,000/day, 5 at once  …  Béta & Söhne
    {acme}  unlimited  none                          …  Acme
    # A plan is changed, and limits of its own stand beside it: those that are not named stay.
    $ keyward orgs set {acme} --plan pro
    id         {acme}
    name       Acme
    plan       pro
    ⋮
    $ keyward orgs set {acme} --requests-per-minute 600 --keys none
    id                           {acme}
    name                         Acme
    plan                         pro
    overrides.requestsPerMinute  600
    overrides.keys               none
    createdAt                    …
    updatedAt                    …
    $ keyward orgs set {acme} --requests-per-day 5 --concurrent-requests none --json
    {
      "id": "{acme}",
      "name": "Acme",
      "plan": "pro",
      "overrides": {
        "requestsPerMinute": 600,
        "requestsPerDay": 5,
        "concurrentRequests": null,
        "keys": null
      },
    ⋮
    # The word plan takes a limit back: what the plan says is in force again.
    $ keyward orgs set {acme} --requests-per-minute plan --requests-per-day plan --keys plan
    id                            {acme}
    name                          Acme
    plan                          pro
    overrides.concurrentRequests  none
    ⋮
    $ keyward orgs get {acme}
    id                            {acme}
    ⋮
  `,
    { cwd },
  );
});

test("an organization is renamed; its plan and limits can be changed in the same request", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward orgs update {acme} --name "Acme Ltd" --plan pro --keys 5 --json name,plan,overrides
    {
      "name": "Acme Ltd",
      "plan": "pro",
      "overrides": {
        "keys": 5
      }
    }
    $ keyward orgs update {acme}                      # exit 2
    ! keyward: name at least one thing to change
    ! keyward: see \`keyward orgs update --help\`
  `,
    { cwd },
  );
});

test("a failure is reported on standard error, with what to try next", async () => {
  await script(
    `
    $ keyward orgs create Acme --plan gold            # exit 1
    ! keyward: plan must be one of unlimited, free, pro
    $ keyward orgs create " " --json                  # exit 1
    ! keyward: name must not be empty
    $ keyward orgs get org_00000000000000000000000000 # exit 3
    ! keyward: There is no such organization.
    ! keyward: check the id: \`keyward orgs list\` and \`keyward keys list --org ID\` show them
    $ keyward orgs get ../session                     # exit 3
    ! keyward: There is no such organization.
    ! …
    $ keyward orgs set nobody --keys 3                # exit 3
    ! keyward: There is no such organization.
    ! …
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward orgs set {acme} --keys 0                # exit 1
    ! keyward: overrides.keys must be a whole number from 1 to 1000000000, or null for no limit
    $ keyward orgs set {acme}                         # exit 2
    ! keyward: name at least one thing to change
    ! keyward: see \`keyward orgs set --help\`
    $ keyward orgs set {acme} --keys many             # exit 2
    ! keyward: option '--keys <N>' argument 'many' is invalid. It must be a whole number, none or plan.
    ! keyward: see \`keyward orgs set --help\`
  `,
    { cwd },
  );
});

test("a refusal names its request, by which the operator finds it in the log", async () => {
  const refused = await run("keyward orgs get org_00000000000000000000000000", { cwd });
  expect([refused.exit, refused.requestId]).toEqual([3, expect.stringMatching(/^req_[0-9a-f]{24}$/)]);
  expect((await run("keyward orgs list", { cwd })).requestId).toBeUndefined();
});
