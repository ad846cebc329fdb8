/** `keyward members` and `keyward invitations`. */
import { test } from "vitest";
import { PASSWORDS, signedIn } from "../support/people-at-server.ts";
import { script, serverHere } from "./script.ts";

const { server, cwd } = serverHere({ env: PASSWORDS });

test("members are listed, get another role and are removed", async () => {
  const owner = await signedIn(server, { name: "Ada Lovelace" });
  await signedIn(server, { role: "viewer", organizationId: owner.organizationId, name: "Grace Hopper" });
  await script(
    `
    $ keyward members list --org {org} --table
    USER                            ROLE    SINCE                     E-MAIL                        NAME
    {ada}  owner   …  ada-…@example.com  Ada Lovelace
    {grace}  viewer  …  ada-…@example.com  Grace Hopper
    # A later command prints JSON where no terminal reads it; --json names the fields that are wanted.
    $ keyward members list --org {org} --json user.name,role
    {
      "data": [
        {
          "user": {
            "name": "Ada Lovelace"
          },
          "role": "owner"
        },
    ⋮
    $ keyward members update {grace} --org {org} --role admin --dry-run
    {
      "dryRun": true,
      "method": "PATCH",
      "path": "/keyward/v1/organizations/{org}/members/{grace}",
      "body": {
        "role": "admin"
      }
    }
    $ keyward members update {grace} --org {org} --role admin --json role
    {
      "role": "admin"
    }
    $ keyward members update {ada} --org {org} --role member                # exit 1
    ! keyward: This is the only owner. Make somebody else an owner first.
    ! …
    $ keyward members remove {grace} --org {org} --json role
    {
      "role": "admin"
    }
    $ keyward members remove {grace} --org {org}                            # exit 3
    ! keyward: {org} has no member {grace}
    ! keyward: \`keyward members list --org {org}\` shows them
    $ keyward members update {ada} --org {org} --role boss                  # exit 2
    ! keyward: option '--role <R>' argument 'boss' is invalid. Allowed choices are owner, admin, member, viewer.
    ! …
  `,
    { cwd, words: { org: owner.organizationId } },
  );
});

test("an invitation is made, its link shown once, and withdrawn", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward invitations create --org {acme} --role member --note ada@example.com --table
    link            {url}/keyward/invitation#{link}
    id              {invitation}
    organizationId  {acme}
    role            member
    note            ada@example.com
    inviterId       -
    createdAt       …
    expiresAt       …
    ! keyward: keep the link now: it is not shown again
    $ keyward invitations create --org {acme} --role viewer --secret-only
    {url}/keyward/invitation#{other}
    $ keyward invitations list --org {acme} --table
    ID                              ROLE    CREATED                   EXPIRES                   FOR
    {second}  viewer  …  …  -
    {invitation}  member  …  …  ada@example.com
    $ keyward invitations revoke {second} --org {acme} --json id,role
    {
      "id": "{second}",
      "role": "viewer"
    }
    $ keyward invitations revoke {second} --org {acme}                      # exit 3
    ! keyward: {acme} has no open invitation {second}
    ! …
    $ keyward invitations list --org org_00000000000000000000000000         # exit 3
    ! keyward: There is no such organization.
    ! …
  `,
    { cwd },
  );
});
