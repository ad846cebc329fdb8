/** Side by side with Better Auth's API-key plugin, in process and over HTTP, on the same Node and the same disk. */
import { ensureInstalled } from "./ensure-installed.ts";
import { requestText } from "./http-requests.ts";
import { serverWithKeys } from "./keyed-server.ts";
import type { LibraryOptions } from "./library-contestant.ts";
import { endAll, startContestant, temporaryDirectory } from "./processes.ts";
import { takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const KEYS = 100;
const ROUNDS = 5;
const SLICE_MS = 1_000;

export async function betterAuth(): Promise<Row[]> {
  await ensureInstalled(import.meta.dirname);
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
