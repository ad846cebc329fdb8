/** AW8 examples/rotate-in-ci.sh: the documented recipe, run against a server under load. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { secret } from "../support/root.ts";
import { managementJwt, systemWithExample } from "./system.ts";

const RECIPE = join(import.meta.dirname, "../../examples/rotate-in-ci.sh");
const UPDATE = ["sh", "-c", 'cat > "$1.new" && mv "$1.new" "$1"', "sh"];
const { server, as } = systemWithExample("agentwallex");

/** An account whose application reads its key from a file; not among the traces, for the key belongs there. */
async function newAccount() {
  const unlimited = { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null };
  const organization = await server.newOrganization({ overrides: unlimited });
  const jwt = await managementJwt(server, organization);
  const member = as({ authorization: `Bearer ${jwt}` });
  const { id, key } = (await member("POST", "/api/v1/api-keys", { name: "production-backend" })).json;
  const directory = mkdtempSync(join(tmpdir(), "keyward-rotation-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "key");
  writeFileSync(file, secret(key));
  return {
    id: id as string,
    key: key as string,
    file,
    current: () => secret(readFileSync(file, "utf8")),
    works: async (presented: string) => (await as({ "x-api-key": presented })("GET", "/api/v1/agents")).status === 200,
    ids: async () => (await member("GET", "/api/v1/api-keys")).json.data.map((listed: { id: string }) => listed.id) as string[],
    async recipe(args: string[], env: Record<string, string> = {}) {
      const child = spawn("sh", [RECIPE, ...args], {
        env: { ...process.env, AGENTWALLEX_URL: server.url, AGENTWALLEX_JWT: jwt, GRACE_SECONDS: "1", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = new Promise<number | null>((done) => child.once("close", done));
      const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { exit, out, err };
    },
  };
}

test("AW8 a key is rotated under load and not one request fails; afterwards the old key is refused", async () => {
  const { id, key, file, current, works, ids, recipe } = await newAccount();
  const responses = new Map<string, number>();
  let isOver = false;
  const customer = async () => {
    while (!isOver) {
      const presented = current();
      const { status } = await fetch(`${server.url}/api/v1/agents`, { headers: { "x-api-key": presented } }).then(async (response) => {
        await response.arrayBuffer();
        return response;
      });
      const which = `${presented === key ? "old" : "new"} ${status}`;
      responses.set(which, (responses.get(which) ?? 0) + 1);
    }
  };
  const customers = Array.from({ length: 6 }, customer);
  const enough = async (which: string) => {
    while ((responses.get(which) ?? 0) < 20) await sleep(10);
  };
  await enough("old 200");
  const { exit, out, err } = await recipe([id, "production-backend-2", ...UPDATE, file]);
  await enough("new 200");
  isOver = true;
  await Promise.all(customers);

  expect({ exit, out }, err).toEqual({ exit: 0, out: "" });
  expect([...responses.keys()].sort()).toEqual(["new 200", "old 200"]);
  expect([await works(key), await works(current())]).toEqual([false, true]);
  const left = await ids();
  expect([left.length, left.includes(id)]).toEqual([1, false]);
  expect([err.includes(key), err.includes(current())]).toEqual([false, false]);
});

test("AW8 when the application cannot be updated, the new key is deleted and the old one stays in force", async () => {
  const { id, key, works, ids, recipe } = await newAccount();
  const { exit, err } = await recipe([id, "production-backend-2", "false"]);
  expect([exit, err]).toEqual([1, expect.stringContaining("the application could not be updated; the old key stays in force")]);
  expect([await works(key), await ids()]).toEqual([true, [id]]);
});

test.each<[sentence: string, args: string[], env: Record<string, string>, exit: number]>([
  ["without a command", ["name"], {}, 2],
  ["with a name that would break JSON", ['a", "x": "b', "cat"], {}, 2],
  ["with a JWT that is not valid", ["name", "cat"], { AGENTWALLEX_JWT: "eyJ" }, 22],
])("AW8 %s nothing is changed", async (_sentence, args, env, code) => {
  const { id, key, works, ids, recipe } = await newAccount();
  const { exit, out } = await recipe([id, ...args], env);
  expect([exit, out]).toEqual([code, ""]);
  expect([await works(key), await ids()]).toEqual([true, [id]]);
});
