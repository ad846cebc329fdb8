/** Side by side with Better Auth's API-key plugin, in process and over HTTP, on the same Node and the same disk. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { delimiter, join, sep } from "node:path";
import { requestText } from "./http-requests.ts";
import { serverWithKeys } from "./http-verify.ts";
import type { LibraryOptions } from "./library-contestant.ts";
import { endAll, startContestant, temporaryDirectory } from "./processes.ts";
import { takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const KEYS = 100;
const ROUNDS = 5;
const SLICE_MS = 1_000;
const LOCK = join(import.meta.dirname, "package-lock.json");
const INSTALLED = join(import.meta.dirname, "node_modules/.keyward-lock");

export async function betterAuth(): Promise<Row[]> {
  await install();
  const optionsIn = (directory: string): LibraryOptions => ({ directory, keys: KEYS });
  const theirs = await startContestant("better-auth-contestant.mjs", optionsIn(temporaryDirectory()));
  const library = await startContestant("library-contestant.ts", optionsIn(temporaryDirectory()));
  const inProcess = await takeTurns([theirs, library], { rounds: ROUNDS, sliceMs: SLICE_MS });

  const { load } = await serverWithKeys();
  const requests = (theirs.ready.keys ?? []).map((key) => requestText({ method: "POST", path: "/", authorization: "-", body: { key } }));
  const overHttp = await takeTurns(
    [
      await startContestant("load-client.ts", { ...load, port: theirs.ready.port, requests }),
      await startContestant("load-client.ts", load),
    ],
    { rounds: ROUNDS, sliceMs: SLICE_MS },
  );
  await endAll();
  return [
    note(`Side by side with Better Auth's API-key plugin 1.7.5 (the floor here), ${KEYS} keys with a limit, SQLite in WAL mode`),
    rateRow("  in process: verify", inProcess[1], inProcess[0], 200),
    rateRow("  over HTTP: verify", overHttp[1], overHttp[0], 15),
  ];
}

/** Installs what this folder's lock file names, unless it is there. npm runs on the machine's own Node, as in bin/with-node. */
async function install(): Promise<void> {
  const isInstalled = (): boolean => {
    try {
      return readFileSync(INSTALLED, "utf8") === readFileSync(LOCK, "utf8");
    } catch {
      return false;
    }
  };
  if (isInstalled()) return;
  process.stderr.write(" installing Better Auth in bench/ …");
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.endsWith(`${sep}node_modules${sep}.bin`));
  const child = spawn("npm", ["ci", "--loglevel=error"], {
    cwd: import.meta.dirname,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ["ignore", 2, 2],
  });
  const code = await new Promise((ended, failed) => child.once("exit", ended).once("error", failed));
  if (code !== 0) throw new Error("npm could not install bench/package-lock.json; its reason stands above");
  await copyFile(LOCK, INSTALLED);
}
