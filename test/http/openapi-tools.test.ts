/** What other people's tools make of the OpenAPI documents: a linter, and typed clients that are generated, compiled and run. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureInstalled } from "../../bench/ensure-installed.ts";
import { typescript } from "../../packaging/typescript.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { secret } from "../support/root.ts";
import { inProcess } from "./in-process.ts";

const TOOLS = join(import.meta.dirname, "../openapi-tools");
const GENERATED = join(TOOLS, "generated");
const DOCUMENT = "openapi.json";
const NAMES = [...PLATFORMS.keys()];
const MINUTES = 60_000;

/** Runs a tool on this very Node. @throws Error with all that it said, when it fails. */
async function run(tool: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" };
  const script = join(TOOLS, "node_modules", tool);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...args], { cwd: TOOLS, env, maxBuffer: 2 ** 26 }).catch(
    (failure: { stdout: string; stderr: string }) => {
      throw new Error(`${tool} failed:\n${failure.stdout}\n${failure.stderr}`);
    },
  );
  return stdout + stderr;
}

/** The programs for a platform: one for all of them, and its own where it has one. */
function copyPrograms(name: string): void {
  const folder = join(GENERATED, name);
  for (const program of ["server.ts", "keys.ts"]) copyFileSync(join(TOOLS, "clients", program), join(folder, program));
  if (existsSync(join(TOOLS, "clients", `${name}.ts`))) copyFileSync(join(TOOLS, "clients", `${name}.ts`), join(folder, "platform.ts"));
}

beforeAll(async () => {
  await ensureInstalled(TOOLS);
  rmSync(GENERATED, { recursive: true, force: true });
}, 5 * MINUTES);

/** In the order of the file: what is written by one test is read by the next. */
describe("the documents of all platforms", () => {
  test("are written down as the servers send them", async () => {
    for (const [name, platform] of PLATFORMS) {
      const { request } = await inProcess({ platform });
      mkdirSync(join(GENERATED, name), { recursive: true });
      writeFileSync(join(GENERATED, name, DOCUMENT), (await request("GET", "/keyward/openapi.json", undefined, null)).text);
    }
  });

  test(
    "have no error in redocly lint",
    async () => {
      const said = await run("@redocly/cli/bin/cli.js", "lint", "--format", "summary");
      for (const name of NAMES) expect(said).toContain(`generated/${name}/${DOCUMENT}: validated`);
      expect(said).toContain("Your API descriptions are valid");
    },
    2 * MINUTES,
  );

  test(
    "become typed clients, and programs that use them compile",
    async () => {
      await run("openapi-typescript/bin/cli.js");
      for (const name of NAMES) copyPrograms(name);
      const own = globSync("*.ts", { cwd: join(TOOLS, "clients") }).map((file) => basename(file, ".ts"));
      expect(
        own.filter((name) => !["server", "keys", ...NAMES].includes(name)),
        "every program belongs to a platform",
      ).toEqual([]);
      expect(await typescript(["-p", "."], TOOLS)).toBe("");
    },
    3 * MINUTES,
  );
});

test.each(NAMES)("%s: a typed client creates, lists page by page, verifies, rotates and revokes", async (name) => {
  const { url, operatorToken } = await inProcess({ platform: PLATFORMS.get(name)! });
  const { useKeys } = await import(join(GENERATED, name, "keys.ts"));
  const { refusal, ...done } = await useKeys({ url, operatorToken });
  expect(done).toEqual({
    limit: 16_777_217,
    pages: [["three", "two"], ["one"]],
    codes: { predecessor: "expired", successor: "valid" },
    revoked: [204, "revoked"],
  });
  const { body, contentType } = PLATFORMS.get(name)!.errorForm;
  const form = body({ code: "not_found", detail: "" }, () => ({ status: 404, title: "" }));
  expect(Object.keys(refusal)).toEqual([...Object.keys(form), ...(contentType === "application/problem+json" ? ["requestId"] : [])]);
});

const OWN: Record<string, unknown> = {
  agentpay: { label: "ci", isSame: true },
  agentsend: { name: "second", isSame: true, isListed: true, statuses: [204, 409], refusal: "key_in_use" },
  agentwallex: {
    pages: [
      [["three", "two"], 3, true],
      [["one"], 3, false],
    ],
    isSame: true,
    statuses: [204, 404],
    refusal: "not_found_error",
  },
  agentsgt: { success: true, isSame: true, refused: false },
};

test.each(Object.entries(OWN))(
  "%s: a typed client reads the responses of the platform's own routes, the new key among them",
  async (name, expected) => {
    const { url, operatorToken } = await inProcess({ platform: PLATFORMS.get(name)! });
    secret(operatorToken);
    const { usePlatform } = await import(join(GENERATED, name, "platform.ts"));
    expect(await usePlatform({ url, operatorToken })).toEqual(expected);
  },
);
