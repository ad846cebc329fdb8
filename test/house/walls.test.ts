/**
 * The walls of the house: who may import whom, and what may stand where. A new top-level folder needs a row here before it can be
 * used; a wall that is in the way is moved here, with its reason, and not climbed over there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";

const project = join(import.meta.dirname, "../..");
const exported: Record<string, string> = JSON.parse(readFileSync(join(project, "package.json"), "utf8")).exports;

const ANY_PACKAGE = "*";
const NODE = "node:*";

// Comments and texts, without reading regular expressions: a quote inside one can hide what follows it.
const lexemes = /(?<!\\)\/\/[^\n]*|(?<!\\)\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const inCode = (pattern: RegExp) => (code: string) => pattern.exec(code)?.[0];
const inTexts = (pattern: RegExp) => (code: string) => code.match(lexemes)?.find((lexeme) => pattern.test(lexeme));

/** Folder or file; what it may import besides itself (ours begin with a slash); why. The longest matching row counts. */
const walls: [from: string, may: string[], why: string][] = [
  // node:url and tldts are pure: text in, text out.
  [
    "/engine",
    ["node:crypto", "node:url", "tldts"],
    "engine is rules only: no I/O, no clock, no environment, so that every rule is tested as a table",
  ],
  ["/platforms", ["/engine"], "a platform is data: whoever writes one file of it needs to know nothing else"],
  ["/platforms/load.ts", ["/platforms", "node:path", "node:url"], "the one file that loads a platform by its name or path"],
  ["/stores", ["/engine", "kysely", "pg", NODE], "a store remembers and decides nothing; it knows the engine's types and its own driver"],
  [
    "/stores/conformance",
    ["/engine", "/stores/contract.ts", "/stores/key-contract.ts", "/stores/open-store.ts", "vitest", "fast-check", NODE],
    "one kit of tests for every store, those of other people too: it knows the contract and no store",
  ],
  [
    "/service",
    // zxcvbn is pure, text in, number out; it is loaded when somebody first chooses a key.
    [
      "/engine",
      "/stores/contract.ts",
      "/stores/bank-contract.ts",
      "/stores/journal-contract.ts",
      "/stores/node-contract.ts",
      "node:crypto",
      "@zxcvbn-ts/*",
    ],
    "service is also a library: it gets its store, its clock and its log as arguments",
  ],
  [
    "/identity",
    ["/service", "/engine", "better-auth", "jose", "zod", "node:crypto", "node:async_hooks"],
    "people and sessions are not what Keyward exists for: the library that signs people in stays in one folder, and can be changed there",
  ],
  [
    "/admission",
    // node:net is for address lists alone.
    ["/service", "/engine", "/platforms", "node:net"],
    "header lines in; a verdict, an identity or a refusal in the platform's form out: no framework and no route, so that any may use it",
  ],
  ["/admission/port.ts", [], "types alone: it is part of packages without dependencies"],
  [
    "/adapters",
    ["/admission/port.ts", "node:http", "express", "fastify", "hono"],
    "an adapter connects one framework to the port of admission, and knows nothing else",
  ],
  ["/adapters/node-response.ts", ["/admission", "node:http"], "what the server itself writes to node:http"],
  [
    "/http",
    [
      "/admission",
      "/adapters",
      "/service",
      "/identity",
      "/engine",
      "/platforms",
      "/telemetry",
      "hono",
      "@hono/*",
      "zod",
      "jose",
      "@prometheus-io/client",
      NODE,
    ],
    "http speaks for the service and never touches a store",
  ],
  [
    "/telemetry",
    ["/service", "node:perf_hooks", "node:fs", "node:net"],
    "what is measured is counted in arrays and read by whoever asks: it decides nothing, and a request waits for nothing here",
  ],
  [
    "/telemetry/opentelemetry.ts",
    ["/telemetry", "@opentelemetry/*", "node:async_hooks"],
    "the one file that knows OpenTelemetry: it is loaded where traces are on, and applications that have none need not install it",
  ],
  [
    "/cli",
    [
      "/server.ts",
      "/maintenance",
      "/sdk",
      "/engine",
      "/dashboard/ensure-built.ts",
      "commander",
      "@clack/prompts",
      "@modelcontextprotocol/server",
      "zod",
      NODE,
    ],
    "the command line is a customer of the management API; `serve` starts the server itself, and what needs no server is in maintenance/",
  ],
  [
    "/config.ts",
    ["/config-values.ts", "/engine", "/service", "/platforms", "/identity", "/admission", "/http", "/telemetry", "pino", "node:net"],
    "configuration is pure: the environment is an argument, and every refusal is tested as a table",
  ],
  ["/config-values.ts", [], "text in, values out"],
  ["/data-directory.ts", ["/stores", NODE], "the files beside the database, which only the server writes: the database itself is a store"],
  [
    "/listeners.ts",
    ["/config.ts", "/http", "/identity/paths.ts", "/threads", NODE],
    "what listens is a part of the composition root, and the last that it opens",
  ],
  [
    "/operator-token.ts",
    ["/service", "/stores", "pino"],
    "what a running server offers to the other nodes of its database, through the service",
  ],
  [
    "/server.ts",
    [
      "/listeners.ts",
      "/config.ts",
      "/config-values.ts",
      "/data-directory.ts",
      "/operator-token.ts",
      "/secret-files.ts",
      "/diagnosis",
      "/threads",
      "/engine",
      "/service",
      "/stores",
      "/platforms",
      "/identity",
      "/admission",
      "/http",
      "/telemetry",
      ANY_PACKAGE,
    ],
    "the composition root knows everything that runs; nothing that runs knows tests or benchmarks",
  ],
  [
    "/diagnosis",
    ["/config.ts", "/config-values.ts", "/engine", "/service", NODE],
    "looking at the machine is no part of serving: only the server starts it, when the operator asks; the engine judges what was found",
  ],
  [
    "/threads",
    [
      ...[
        "/config.ts",
        "/config-values.ts",
        "/engine",
        "/service",
        "/stores",
        "/platforms",
        "/identity",
        "/admission",
        "/adapters",
        "/http",
        "/telemetry",
      ],
      ...["pino", NODE],
    ],
    "a serving thread is composed like the server, of which it is a part; only the server starts one",
  ],
  [
    "/secret-files.ts",
    ["/config-values.ts", "node:fs/promises"],
    "configuration is pure: what is in files is read before, and becomes a part of the environment",
  ],
  [
    "/maintenance",
    ["/secret-files.ts", "/engine", "/service", "/stores", "kysely", NODE],
    "works on databases and the files of a data directory without a server, as its operator: a composition root like server.ts, and nothing that serves",
  ],
  ["/index.ts", ["/admission", "/service", "/platforms"], "the library's public face: it names what others may use"],
  ["/bin", [NODE], "what starts the project's own Node, and the server while somebody works on it"],
  [
    "/sdk",
    ["/admission/port.ts"],
    "the sdk runs in other people's applications and has no dependencies; of the port that it implements it takes the types",
  ],
  ["/dashboard", ["/sdk", ANY_PACKAGE], "the dashboard is a customer of the sdk: no private way in"],
  [
    "/dashboard/ensure-built.ts",
    [NODE],
    "runs in the server's process at every start: what builds the dashboard is loaded by a child alone, whose memory ends with it",
  ],
  [
    "/examples",
    ["/index.ts", "/platforms", "/sdk", ANY_PACKAGE],
    "an example shows what other people can do, so it uses what other people get",
  ],
  [
    "/bench",
    [
      ...["/index.ts", "/engine", "/service", "/stores", "/platforms", "/admission", "/adapters", "/http", "/sdk"],
      ...["/test/support/postgres-server.ts", ANY_PACKAGE],
    ],
    "a benchmark measures what runs, from outside where it can; it starts the same PostgreSQL as the tests",
  ],
  [
    "/bench/postgres.ts",
    ["/bench", "/service", "/stores", "/platforms", "/test/support/postgres-server.ts", NODE],
    "what runs, on the PostgreSQL that the tests have",
  ],
  [
    "/bench/node-limits.ts",
    ["/bench", "/engine", "/service", "/stores", "/test/support/postgres-server.ts", NODE],
    "what runs, on the PostgreSQL that the tests have",
  ],
  ["/test", ["/", ANY_PACKAGE], "tests may look at anything"],
  ["/docs", ["/engine", NODE], "pages are read from the catalogues of the engine"],
  [
    "/docs/sdk-platforms.ts",
    ["/docs", "/platforms"],
    "the SDK's platforms are read from theirs, and from the documents that the server sends",
  ],
  ["/docs/sdk-types.ts", ["/http", "/platforms", NODE], "the SDK's types are read from the documents that the server sends"],
  [
    "/packaging",
    ["/dashboard/ensure-built.ts", "rolldown", NODE],
    "packages are made of compiled sources: what makes them reads files, and runs nothing of Keyward",
  ],
  ["/packaging/launcher.js", ["/cli/main.js"], "the command of the published package"],
  ["/vitest.config.ts", ["/test/longest-first.ts", "vitest"], "how the tests run is configured, and nothing of what they run"],
];

/** What may not be written in which files, comments aside; why. */
const bans: [what: string, find: (code: string) => string | undefined, within: RegExp, why: string][] = [
  [
    "process.env",
    inCode(/\bprocess\s*(?:\??\.\s*env\b|\[)|\benv\b[^;{}]*\}\s*=\s*process\b|\benv\b[^;]*\bfrom\s*["'](?:node:)?process["']/),
    /^(?!server\.ts$|cli\/environment\.ts$|test\/|bench\/|packaging\/|examples\/[^/]+\/)/,
    "time, randomness and the environment are arguments; server.ts reads them, and cli/environment.ts for the commands",
  ],
  [
    "the clock",
    inCode(/\bDate\.now\s*\(|\bnew Date(?!\s*\(\s*[^\s)])(?!\w)|\bprocess\.hrtime\b/),
    /^(?:engine|platforms|service)\//,
    "time is an argument: a test sets it to the boundary",
  ],
  [
    "the clock",
    inCode(/\bDate\.now\b(?!\s*\()|\bperformance\.now\b/),
    /^(?:engine|platforms|service(?!\/compose\.ts$))\//,
    "time is an argument, and its default stands at one door: service/compose.ts",
  ],
  ["chance", inCode(/\bMath\.random\b/), /^(?:engine|platforms|service)\//, "randomness is an argument: a test repeats it"],
  [
    "chance",
    inCode(/\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b[^;]*\bfrom\s*["']node:crypto["']|\bgetRandomValues\b|\bcrypto\.random/),
    /^(?:engine|platforms)\//,
    "randomness is an argument: a test repeats it",
  ],
  [
    "a platform's name",
    inTexts(/agentpay|agentwallex|agentsend|ampersend|agentsgt/i),
    /^(?!platforms\/|examples\/|docs\/|test\/)/,
    "a platform is one file: code receives what varies as a row and never asks for the name",
  ],
];

const specifiers = [
  /\b(?:import|export)\b[\w$*{}\s,]*?\bfrom\s*["']([^"']+)["']/g,
  /\bimport\s*["']([^"']+)["']/g,
  /\b(?:import|require|import\.meta\.resolve)\s*\(\s*["'`]([^"'`]+)["'`]/g,
  /\bnew URL\s*\(\s*["'`]([^"'`]+)["'`]\s*,\s*import\.meta\.url/g,
];

const withoutComments = (source: string) => source.replace(lexemes, (lexeme) => (lexeme.startsWith("/") ? " " : lexeme));
const isWithin = (target: string, entry: string) => target === entry || target.startsWith(entry.endsWith("/") ? entry : `${entry}/`);

/** Ours as a path from the root, with a slash before it; a package as it is written. */
function resolve(file: string, specifier: string): string {
  if (specifier.startsWith(".")) return posix.join("/", dirname(file), specifier);
  const own =
    specifier === "keyward" ? exported["."] : specifier.startsWith("keyward/") ? exported[specifier.replace("keyward", ".")] : undefined;
  return own === undefined ? specifier : posix.join("/", own);
}

function mayImport(entry: string, target: string): boolean {
  if (entry === ANY_PACKAGE) return !target.startsWith("/");
  return entry.endsWith("*") ? target.startsWith(entry.slice(0, -1)) : isWithin(target, entry);
}

function importsOf(code: string): string[] {
  return specifiers.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]!));
}

function wallFaults(file: string, code: string): string[] {
  const wall = walls.filter(([from]) => isWithin(`/${file}`, from)).sort((a, b) => b[0].length - a[0].length)[0];
  if (wall === undefined) return [`${file}: no wall knows this place; give it a row in test/house/walls.test.ts`];
  const [from, may, why] = wall;
  return importsOf(code)
    .filter((specifier) => {
      const target = resolve(file, specifier);
      return !isWithin(target, from) && !may.some((entry) => mayImport(entry, target));
    })
    .map((specifier) => `${file} imports "${specifier}": ${why}`);
}

/** A surface of http shares with the others only what stands in http/ itself. */
function surfaceFaults(file: string, code: string): string[] {
  const surface = /^http\/[^/]+\//.exec(file)?.[0];
  if (surface === undefined) return [];
  return importsOf(code)
    .filter((specifier) => {
      const other = /^\/(http\/[^/]+\/)/.exec(resolve(file, specifier))?.[1];
      return other !== undefined && other !== surface;
    })
    .map((specifier) => `${file} imports "${specifier}": surfaces share only what stands in http/ itself`);
}

function banFaults(file: string, code: string): string[] {
  return bans.flatMap(([what, find, within, why]) => {
    if (!within.test(file)) return [];
    const found = find(code);
    return found === undefined ? [] : [`${file} writes ${what} (${found.slice(0, 60)}): ${why}`];
  });
}

function nameFaults(file: string): string[] {
  const empty = file.split("/").find((part) => /^(?:utils?|helpers?|common|types)$/i.test(basename(part).replace(/\..*$/, "")));
  return empty === undefined
    ? []
    : [`${file} is named "${empty}": a file is named after the thing in it; a small helper lives beside its first user`];
}

/** Everything that is wrong with one source file of the project, in sentences. */
function faults(file: string, source: string): string[] {
  const code = withoutComments(source);
  return [...nameFaults(file), ...wallFaults(file, code), ...surfaceFaults(file, code), ...banFaults(file, code)];
}

/** The project's own files. Without git (an unpacked archive) there is nothing ignored to leave out but what is made here. */
function sourceFiles(): string[] {
  const isSource = (file: string) => /\.[cm]?[jt]sx?$/.test(file) && existsSync(join(project, file));
  try {
    const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: project,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\n").filter(isSource);
  } catch {
    return globSync("**/*", { cwd: project, exclude: ["**/node_modules", "**/dist", "data"] }).filter(isSource);
  }
}

test("every file of the project keeps within its walls", () => {
  const files = sourceFiles();
  expect(files).toContain("test/house/walls.test.ts");
  expect(files.flatMap((file) => faults(file, readFileSync(join(project, file), "utf8")))).toEqual([]);
});

describe("a fault names the file, what is wrong, and why", () => {
  test.each([
    [
      "engine reading files",
      "engine/judge.ts",
      'import { readFile } from "node:fs";',
      /engine\/judge\.ts imports "node:fs": engine is rules only/,
    ],
    ["engine using a library", "engine/judge.ts", 'import { z } from "zod";', /imports "zod"/],
    [
      "engine asking the service",
      "engine/judge.ts",
      'import type { Service } from "../service/index.ts";',
      /imports "\.\.\/service\/index\.ts"/,
    ],
    ["platforms validating with zod", "platforms/a.ts", 'import { z } from "zod";', /a platform is data/],
    ["a store deciding with the service", "stores/sqlite/a.ts", 'import { x } from "../../service/a.ts";', /decides nothing/],
    ["service opening a store", "service/issue.ts", 'import { open } from "../stores/sqlite/open.ts";', /service is also a library/],
    ["service logging with pino", "service/issue.ts", 'import type { Logger } from "pino";', /imports "pino"/],
    ["http touching a store's contract", "http/keys.ts", 'import type { Store } from "../stores/contract.ts";', /never touches a store/],
    ["http signing people in", "http/a.ts", 'import { betterAuth } from "better-auth";', /imports "better-auth"/],
    ["a store signing people in", "stores/sql/a.ts", 'import type { User } from "better-auth";', /imports "better-auth"/],
    ["identity going around the service", "identity/a.ts", 'import type { Store } from "../stores/contract.ts";', /stays in one folder/],
    ["admission using a framework", "admission/a.ts", 'import type { Context } from "hono";', /any may use it/],
    ["admission knowing the routes", "admission/a.ts", 'import type { HttpContext } from "../http/context.ts";', /no route/],
    ["admission writing a response", "admission/a.ts", 'import { send } from "../adapters/node-response.ts";', /no framework/],
    ["an adapter reaching into http", "adapters/node.ts", 'import { fail } from "../http/failure.ts";', /knows nothing else/],
    ["an adapter validating with zod", "adapters/node.ts", 'import { z } from "zod";', /knows nothing else/],
    ["cli going around the API", "cli/keys.ts", 'import { issue } from "../service/issue.ts";', /a customer of the management API/],
    ["http importing the server", "http/keys.ts", 'import { start } from "../server.ts";', /imports "\.\.\/server\.ts"/],
    ["the server importing a test", "server.ts", 'import { fake } from "./test/fake.ts";', /nothing that runs knows tests/],
    ["the server loading the builder", "dashboard/ensure-built.ts", 'import { build } from "vite";', /whose memory ends with it/],
    ["the command line building", "cli/serve.ts", 'import "../dashboard/build.ts";', /a customer of the management API/],
    [
      "http reaching into the dashboard",
      "http/dashboard/pages.ts",
      'import { distOf } from "../../dashboard/ensure-built.ts";',
      /http speaks for the service/,
    ],
    [
      "one surface reaching into another",
      "http/verify/a.ts",
      'import { b } from "../management/b.ts";',
      /share only what stands in http\/ itself/,
    ],
    ["a benchmark importing a test", "bench/run.ts", 'import { fake } from "../test/fake.ts";', /imports "\.\.\/test\/fake\.ts"/],
    ["the library under its own name", "stores/a.ts", 'import { keyward } from "keyward";', /imports "keyward"/],
    ["a place without a wall", "shared/a.ts", "export const a = 1;", /no wall knows this place/],
    ["an import over several lines", "engine/a.ts", 'import {\n  type A,\n  b as c, // why\n} from "pino";', /imports "pino"/],
    ["an import for its effects", "engine/a.ts", 'import "pino";', /imports "pino"/],
    ["a re-export", "engine/a.ts", 'export * as log from "pino";', /imports "pino"/],
    ["an import when needed", "engine/a.ts", 'const log = await import("pino");', /imports "pino"/],
    ["a worker's file", "engine/a.ts", 'new Worker(new URL("../http/w.ts", import.meta.url));', /imports "\.\.\/http\/w\.ts"/],
    ["an import after a comment's opening", "engine/a.ts", 'const glob = "docs/**/*.md"; import "pino"; /* */', /imports "pino"/],
    ["the environment in http", "http/a.ts", "const port = process.env.PORT;", /http\/a\.ts writes process\.env .*server\.ts reads them/],
    [
      "the environment in a command",
      "cli/serve.ts",
      "const port = process.env.PORT;",
      /cli\/serve\.ts writes process\.env .*cli\/environment\.ts/,
    ],
    ["the environment in configuration", "config.ts", "const port = process.env.PORT;", /config\.ts writes process\.env/],
    ["configuration opening a file", "config.ts", 'import { readFile } from "node:fs/promises";', /configuration is pure/],
    ["the environment by another way", "stores/a.ts", 'const all = process["env"];', /writes process\.env/],
    ["the environment taken apart", "stores/a.ts", "const { env } = process;", /writes process\.env/],
    ["the environment by import", "stores/a.ts", 'import { env } from "node:process";', /writes process\.env/],
    ["the environment in a template", "http/a.ts", "const url = `http://x:$" + "{process.env.PORT}`;", /writes process\.env/],
    ["the clock in engine", "engine/a.ts", "const now = Date.now();", /writes the clock .*time is an argument/],
    [
      "the clock as a hidden default",
      "service/a.ts",
      "export const make = (now = Date.now) => now();",
      /writes the clock .*service\/compose\.ts/,
    ],
    ["the clock read at the door", "service/compose.ts", "const now = Date.now();", /writes the clock/],
    ["the monotonic clock as well", "service/a.ts", "const now = performance.now();", /writes the clock .*service\/compose\.ts/],
    ["the date of now", "service/a.ts", "const now = new Date( );", /writes the clock/],
    ["the date of now, bare", "platforms/a.ts", "const now = new Date;", /writes the clock/],
    ["chance in service", "service/a.ts", "const n = Math.random();", /writes chance .*a test repeats it/],
    ["chance by import", "engine/a.ts", 'import { createHash, randomBytes } from "node:crypto";', /writes chance/],
    [
      "a platform asked for by name",
      "http/a.ts",
      'if (platform === "agentpay") go();',
      /writes a platform's name \("agentpay"\): a platform is one file/,
    ],
    ["a platform's name inside a text", "server.ts", "const help = 'one of: keyward, AgentsGT';", /writes a platform's name/],
    ["a file of helpers", "engine/utils.ts", "", /engine\/utils\.ts is named "utils\.ts"/],
    ["a folder of things in common", "http/common/a.ts", "", /is named "common"/],
    ["a file of types", "stores/types.d.ts", "", /is named "types\.d\.ts"/],
  ])("%s", (_sentence, file, source, fault) => {
    expect(faults(file, source)).toEqual([expect.stringMatching(fault)]);
  });
});

describe("what is allowed is not a fault", () => {
  // biome-ignore format: a table
  test.each([
    ["engine hashing",                   "engine/a.ts",          'import { hash } from "node:crypto";\nimport { b } from "./b.ts";'],
    ["engine taking randomness",         "engine/a.ts",          "export const id = (randomBytes: RandomBytes) => randomBytes(10);"],
    ["a date made from an argument",     "engine/a.ts",          "const at = (now: number) => new Date(now).toISOString();"],
    ["the library's own clock",          "service/compose.ts",   "export const keyward = ({ clock = Date.now }) => clock();"],
    ["its own monotonic clock",          "service/compose.ts",   "const own = { now: () => performance.now() };"],
    ["a store with its database",        "stores/sqlite/a.ts",   'import { Migrator } from "kysely/migration";\nimport { DatabaseSync } from "node:sqlite";\nimport type { Store } from "../contract.ts";'],
    ["service with the contract",        "service/a.ts",         'import type { Store } from "../stores/contract.ts";\nimport { judge } from "../engine/judge.ts";'],
    ["http with its libraries",          "http/a.ts",            'import { serve } from "@hono/node-server";\nimport { cors } from "hono/cors";'],
    ["identity with its library",        "identity/a.ts",        'import { genericOAuth } from "better-auth/plugins";\nimport { jwtVerify } from "jose";'],
    ["http asking who somebody is",      "http/a.ts",            'import type { Identity } from "../identity/index.ts";'],
    ["cli starting the server",          "cli/serve.ts",         'import { start } from "../server.ts";'],
    ["cli reading the environment",      "cli/environment.ts",   "const port = process.env.PORT;"],
    ["the server reading it",            "server.ts",            "export async function serve(options, env = process.env) {}"],
    ["an example under our name",        "examples/a.ts",        'import { keyward } from "keyward";\nimport { agentpay } from "keyward/platforms";'],
    ["names in comments",                "engine/a.ts",          '// like process.env and Date.now() in "agentpay"; import "pino"\n/* import "pino" */\nexport const a = 1;'],
    ["words that only look like it",     "service/a.ts",         "const process_env = newDate(); const important = { from: 1 };"],
    ["a platform naming itself",         "platforms/agentpay.ts", 'export const name = "agentpay";'],
  ])("%s", (_sentence, file, source) => {
    expect(faults(file, source)).toEqual([]);
  });
});
