/** `keyward nodes` on a server with the embedded database; several nodes are in test/server/nodes.test.ts. */
import { test } from "vitest";
import { script, serverHere } from "./script.ts";

const { cwd } = serverHere();

test("the embedded database has one process, and no nodes", async () => {
  await script(
    `
    $ keyward nodes --json
    {
      "data": []
    }
    ! keyward: the embedded database has one process, and no nodes
    `,
    { cwd },
  );
});
