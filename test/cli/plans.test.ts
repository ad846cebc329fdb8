/** `keyward plans`. */
import { test } from "vitest";
import { script, serverHere } from "./script.ts";

const { cwd } = serverHere();

test("the plans of the platform are listed; an organization's plan says how much of it is used", async () => {
  await script(
    `
    $ keyward plans list --table
    NAME       DEFAULT  LIMITS OF A KEY                        KEYS  TITLE
    unlimited  yes      none                                   none  unlimited
    free       -        60/min, 10,000/day, 5 at once          10    free
    pro        -        1,000/min, 1,000,000/day, 100 at once  1000  pro
    $ keyward orgs create Acme --plan free
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --json id
    {
      "id": "{key}"
    }
    $ keyward plans get --org {acme} --json plan,keys
    {
      "plan": "free",
      "keys": {
        "active": 1,
        "allowed": 10
      }
    }
    $ keyward plans get --org {acme} --table
    plan                       free
    limits.requestsPerMinute   60
    ⋮
  `,
    { cwd },
  );
});
