/** `keyward keys`: API keys, from the first to the last thing that happens to one. */
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { type Call, connect, type Json, path } from "./client.ts";
import { EXIT, Failure } from "./failure.ts";
import { type FoundKey, findKey } from "./find-key.ts";
import { addIssuingCommands } from "./issue-keys.ts";
import { example, onServer } from "./options.ts";
import { note, show } from "./output.ts";
import { showList } from "./pages.ts";

const DASH = "a dash: the key is read from standard input, for arguments are seen by other people of this machine";
const EXAMPLE_ID = "key_01m7x4yn56vfnkq4925gf9a45e";
const COLUMNS = [
  ["ID", "id"],
  ["PREFIX", "prefix"],
  ["ENVIRONMENT", "environment"],
  ["STATUS", ({ status, rotationDue }: Json) => (rotationDue === true ? `${status} (rotate)` : status)],
  ["CREATED", "createdAt"],
  ["EXPIRES", "expiresAt"],
  ["LAST USED", "lastUsedAt"],
  ["NAME", "name"],
] as const;

/** What is done to a key by its id: what it is called, what it does, the answer. */
const BY_ID: readonly [name: string, description: string, run: (call: Call, key: FoundKey) => Promise<Json>][] = [
  ["get", "show an API key, without its secret", async (_call, { record }) => record],
  ["disable", "refuse an API key until it is enabled again", (call, { route }) => call("PATCH", route, { body: { enabled: false } })],
  ["enable", "accept a disabled API key again", (call, { route }) => call("PATCH", route, { body: { enabled: true } })],
  [
    "revoke",
    "refuse an API key for good, from this answer on",
    async (call, { route }) => {
      await call("DELETE", route);
      return call("GET", route);
    },
  ],
];

export function addKeyCommands(program: Command): void {
  const keys = program.command("keys").description("API keys: create, list, look at, change, rotate, revoke, verify");
  keys.addHelpText("after", example("keyward keys create --org org_01m7x4yn56vfnkq4925gf9a45e --name backend"));
  addIssuingCommands(keys);

  onServer(
    keys
      .command("list")
      .description("list an organization's API keys, newest first")
      .requiredOption("--org <ID>", "the organization")
      .option("--active", "leave out revoked and expired keys")
      .option("--all", "follow every page")
      .addHelpText("after", example("keyward keys list --org org_01m7x4yn56vfnkq4925gf9a45e --active")),
  ).action(async (options) => {
    await showList(
      await connect(options),
      path`/organizations/${options.org}/keys`,
      options.active === true ? { active: "true" } : {},
      COLUMNS,
      options,
    );
  });

  for (const [name, description, run] of BY_ID) {
    onServer(
      keys
        .command(name)
        .description(description)
        .argument("<ID>", "the key's id, not the key")
        .addHelpText("after", example(`keyward keys ${name} ${EXAMPLE_ID}`)),
    ).action(async (id, options) => {
      const call = await connect(options);
      await show(await run(call, await findKey(call, id)), options);
    });
  }

  onServer(
    keys
      .command("find")
      .description("show which API key of an organization this key is, without its secret; it counts as no request")
      .argument("<->", DASH)
      .requiredOption("--org <ID>", "the organization")
      .addHelpText("after", example('printf %s "$KEY" | keyward keys find - --org org_01m7x4yn56vfnkq4925gf9a45e')),
  ).action(async (dash, options) => {
    refuseArgument(dash, "find");
    const call = await connect(options);
    await show(await call("POST", path`/organizations/${options.org}/keys/find`, { body: { key: await readKey("find") } }), options);
  });

  onServer(
    keys
      .command("verify")
      .description("ask whether a request with this key may pass; it counts as one. Exit code 10: it may not")
      .argument("<->", DASH)
      .addHelpText("after", example('printf %s "$KEY" | keyward keys verify -')),
  ).action(async (dash, options) => {
    refuseArgument(dash, "verify");
    const call = await connect(options);
    const verdict = await call("POST", path`/verify`, { body: { key: await readKey("verify") } });
    await show(verdict, options);
    if (verdict.valid !== true) process.exitCode = EXIT.refused;
  });
}

/** Keys are read from standard input alone. */
function refuseArgument(dash: unknown, command: string): void {
  if (dash === "-") return;
  throw new Failure(
    "the key is read from standard input, because arguments stay in the shell's history and can be seen by other people of this machine",
    { exitCode: EXIT.usage, next: `pipe the key into \`keyward keys ${command} -\`; if a real key stood there, rotate it` },
  );
}

async function readKey(command: string): Promise<string> {
  if (process.stdin.isTTY) note("paste the key, then press Enter and Ctrl-D");
  const key = (await text(process.stdin)).trim();
  if (key === "")
    throw new Failure("there is no key on standard input", {
      exitCode: EXIT.usage,
      next: `pipe the key into \`keyward keys ${command} -\``,
    });
  return key;
}
