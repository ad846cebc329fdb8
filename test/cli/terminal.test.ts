/** What a person sees at a terminal, and is asked there; a script is not asked. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { atTerminal, HAS_TERMINAL } from "./at-terminal.ts";
import { json, run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

async function newKey(name: string, { used = false } = {}): Promise<string> {
  const { id, key } = await server.newKey(await server.newOrganization(), { name });
  if (used) await run(`printf %s ${secret(key)} | keyward keys verify -`, { cwd });
  return id;
}

const statusOf = async (id: string) => (await json(`keyward keys get ${id}`, cwd)).status;

describe.skipIf(!HAS_TERMINAL)("at a terminal", () => {
  test("times are relative, headings and statuses have colours; with NO_COLOR there are none", async () => {
    const id = await newKey("backend");
    const { organizationId } = await json(`keyward keys get ${id}`, cwd);
    const list = `keyward keys list --org ${organizationId}`;
    const [headings = "", row = ""] = (await atTerminal(list, { cwd })).shown.split("\n");
    expect(headings).toContain("\u001b[1mID\u001b[0m                              \u001b[1mPREFIX\u001b[0m");
    expect(row).toContain("live         \u001b[32mactive\u001b[0m  ");
    expect(stripVTControlCharacters(row)).toMatch(/active {2}(?:now|\d+ seconds? ago) /);
    const plain = await atTerminal(list, { cwd, env: { NO_COLOR: "1" } });
    expect(plain.shown).not.toContain("\u001b");
    expect(plain.shown).toMatch(/active {2}(?:now|\d+ seconds? ago)/);
    // Of one record the exact time stays.
    expect((await atTerminal(`keyward keys get ${id}`, { cwd })).shown).toMatch(/createdAt.* {2}20\d\d-\S+Z \((?:now|\d+ seconds? ago)\)/);
  });

  test("later commands print text there, and JSON with --json", async () => {
    expect((await atTerminal("keyward plans list", { cwd, env: { NO_COLOR: "1" } })).shown).toMatch(/^NAME +DEFAULT +LIMITS OF A KEY/);
    expect(JSON.parse((await atTerminal("keyward plans list --json name", { cwd })).shown)).toEqual({
      data: [{ name: "unlimited" }, { name: "free" }, { name: "pro" }],
    });
  });

  test.each([
    ["no", "n\n", "active", 1],
    ["nothing", "\n", "active", 1],
    ["the end of input", "\u0004", "active", 1],
    ["yes", "y\n", "revoked", 0],
  ])("a key that nobody uses is revoked after a question, unless the answer is %s", async (_sentence, typed, status, exit) => {
    const id = await newKey("idle");
    const asked = await atTerminal(`keyward keys revoke ${id}`, { cwd, typed });
    expect(asked).toEqual({ exit, shown: expect.stringContaining("Revoke idle for good? [y/N] ") });
    expect(asked.shown.includes("keyward: not confirmed; nothing was changed")).toBe(exit === 1);
    expect(await statusOf(id)).toBe(status);
  });

  test.each([
    ["y", "active", 1],
    ["Backend", "active", 1],
    ["backend", "revoked", 0],
  ])("of a key that is in use the name has to be typed: %s leaves it %s", async (typed, status, exit) => {
    const id = await newKey("backend", { used: true });
    const asked = await atTerminal(`keyward keys revoke ${id}`, { cwd, typed: `${typed}\n` });
    expect(asked.exit).toBe(exit);
    expect(asked.shown).toContain("Type its name, backend, to go on: ");
    expect(await statusOf(id)).toBe(status);
  });

  test("a terminal that is closed in the middle of the question changes nothing", async () => {
    const id = await newKey("backend");
    const { exit } = await atTerminal(`timeout -s HUP 2 keyward keys revoke ${id}`, { cwd });
    expect(exit).not.toBe(0);
    expect(await statusOf(id)).toBe("active");
  });

  test("--yes and --dry-run ask nothing", async () => {
    const id = await newKey("backend", { used: true });
    const dry = await atTerminal(`keyward keys revoke ${id} --dry-run`, { cwd, env: { NO_COLOR: "1" } });
    expect(dry).toEqual({
      exit: 0,
      shown: expect.stringMatching(/^would send {2}DELETE \/keyward\/v1\/organizations\/org_\w+\/keys\/key_\w+\n$/),
    });
    expect(await statusOf(id)).toBe("active");
    expect((await atTerminal(`keyward keys revoke ${id} --yes`, { cwd })).exit).toBe(0);
    expect(await statusOf(id)).toBe("revoked");
  });

  test("the name of a service token has to be typed", async () => {
    const { id } = await json("keyward service-tokens create --name gateway", cwd);
    expect(await atTerminal(`keyward service-tokens revoke ${id}`, { cwd, typed: "y\n" })).toMatchObject({ exit: 1 });
    expect(await atTerminal(`keyward service-tokens revoke ${id}`, { cwd, typed: "gateway\n" })).toMatchObject({ exit: 0 });
  });
});

test("a script is not asked, whatever is destroyed", async () => {
  const id = await newKey("backend", { used: true });
  await script(
    `
    $ keyward keys revoke {id} --json id,status
    {
      "id": "{id}",
      "status": "revoked"
    }
  `,
    { cwd, words: { id } },
  );
});
