/**
 * The manual of the command line, run: a script is what somebody types, and what then stands on the screen.
 *
 *   # a sentence about what follows
 *   $ echo {key} | keyward keys verify -    # exit 10
 *   valid  false
 *   ! keyward: a line on standard error
 *
 * A command is the shell's, and ends with exit 0 unless it says otherwise. `…` stands for anything on a line; `{name}` for one word,
 * which is the same word wherever the name stands again. `⋮` as the last line stands for all that follows on the same stream.
 *
 * A line that is one command and nothing else runs in a process that is kept for the next one; all others run in a shell, and their
 * commands in processes of their own. That both show the same is a test (same-either-way.test.ts).
 */
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { secret, traceDirectory } from "../support/root.ts";
import { type StartOptions, suiteServer, type TestServer } from "../support/server.ts";
import { type Printed, runKept } from "./kept-process.ts";
import { simpleLine } from "./simple-line.ts";

export const PROJECT = join(import.meta.dirname, "../..");
const SECRET = /\bkws?_\w{40,}|\b(?:as_live_v1_|sk_|pk_)\w{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;

interface Ended extends Printed {
  /** Without the line that says which request a server refused: it is another one each time. */
  readonly err: string;
  readonly requestId: string | undefined;
}

const REQUEST_LINE = /^keyward: the request was (\S+)\n/m;

/** A server for all tests of the file, and a directory from which commands find it without being told. */
export function serverHere(options: Omit<StartOptions, "directory"> = {}): { server: TestServer; cwd: string } {
  const cwd = traceDirectory("cli");
  mkdirSync(join(cwd, "data"));
  return { server: suiteServer({ ...options, directory: join(cwd, "data") }), cwd };
}

/** Nothing of the machine's own settings reaches a command. */
export function cleanEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PORT, NODE_ENV, NO_COLOR, npm_lifecycle_event, ...others } = process.env;
  const env = Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith("KEYWARD_")));
  return { ...env, XDG_CONFIG_HOME: "/nowhere", PATH: `${join(PROJECT, "bin")}:${process.env.PATH}`, ...more };
}

/** Runs a line of shell. Secrets that it shows are remembered; what it says on standard error is left for the canary to search. */
export async function run(
  line: string,
  { cwd = traceDirectory("cli"), env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const simple = simpleLine(line);
  const { exit, out, err } =
    simple === undefined
      ? await runInShell(line, cwd, env)
      : await runKept({ args: simple.args, input: simple.input, cwd, env: cleanEnvironment({ ...env, ...simple.env }) });
  for (const found of out.match(SECRET) ?? []) secret(found);
  appendFileSync(join(cwd, "stderr.log"), err);
  return { exit, out, err: err.replace(REQUEST_LINE, ""), requestId: REQUEST_LINE.exec(err)?.[1] };
}

/** Starts what the line says, as processes of their own. */
export async function runInShell(line: string, cwd: string, env: Record<string, string> = {}): Promise<Printed> {
  const child = spawn("sh", ["-c", line], { cwd, env: cleanEnvironment(env), stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | NodeJS.Signals | null>((done) => child.once("close", (code, signal) => done(code ?? signal)));
  const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exit, out, err };
}

/** What one command of a script prints with `--json`. */
export async function json(line: string, cwd: string): Promise<Record<string, unknown>> {
  const { exit, out, err } = await run(`${line} --json`, { cwd });
  expect({ exit, err }, line).toEqual({ exit: 0, err: "" });
  return JSON.parse(out);
}

/** Runs a script and compares. Returns the words that it has met. */
export async function script(
  manual: string,
  { cwd, words = {} }: { cwd: string; words?: Record<string, string> },
): Promise<Record<string, string>> {
  const known = new Map(Object.entries(words));
  for (const { sentence, command, out, err, exit } of steps(manual)) {
    const ended = await run(filled(command, known), { cwd });
    const seen = { exit: ended.exit, out: asExpected(out, lines(ended.out), known), err: asExpected(err, lines(ended.err), known) };
    expect(seen, `${sentence}\n$ ${command}`).toEqual({
      exit,
      out: out.map((line) => filled(line, known)),
      err: err.map((line) => filled(line, known)),
    });
  }
  return Object.fromEntries(known);
}

function steps(manual: string) {
  const found: { sentence: string; command: string; out: string[]; err: string[]; exit: number }[] = [];
  const indent = /^\n?( *)/.exec(manual)?.[1] ?? "";
  let sentence = "";
  for (const indented of manual.replace(/^\n|\n *$/g, "").split("\n")) {
    const line = indented.startsWith(indent) ? indented.slice(indent.length) : indented;
    const step = found.at(-1);
    const isRestOfErr = line === "⋮" && step !== undefined && step.out.length === 0 && step.err.length > 0;
    if (line.startsWith("# ")) sentence = line.slice(2);
    else if (line.startsWith("$ "))
      found.push({ sentence, command: line.slice(2), out: [], err: [], exit: Number(/# exit (\d+)$/.exec(line)?.[1] ?? 0) });
    else if (line.startsWith("! ") || isRestOfErr) step?.err.push(line.replace(/^! /, ""));
    else if (line !== "") step?.out.push(line);
  }
  return found;
}

/** The lines as they came, but for those that are as expected: these are written as expected, so that a difference stands out. */
function asExpected(expected: readonly string[], came: readonly string[], known: Map<string, string>): string[] {
  if (expected.at(-1) === "⋮") return [...asExpected(expected.slice(0, -1), came.slice(0, expected.length - 1), known), "⋮"];
  return came.map((line, at) => {
    const wanted = expected[at];
    if (wanted === undefined) return line;
    const names: string[] = [];
    const pattern = filled(wanted, known)
      .split(/(…|\{\w+\})/)
      .map((part) => {
        if (part === "…") return ".*";
        if (!/^\{\w+\}$/.test(part)) return RegExp.escape(part);
        names.push(part.slice(1, -1));
        return '([^\\s"]+)';
      });
    const match = new RegExp(`^${pattern.join("")}$`).exec(line);
    if (match === null) return line;
    for (const [index, name] of names.entries()) known.set(name, match[index + 1] ?? "");
    return filled(wanted, known);
  });
}

const filled = (text: string, known: ReadonlyMap<string, string>) => text.replace(/\{(\w+)\}/g, (whole, name) => known.get(name) ?? whole);
const lines = (text: string) =>
  text === ""
    ? []
    : text
        .replace(/\n$/, "")
        .split("\n")
        .filter((line) => line !== "");
