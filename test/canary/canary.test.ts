/** After all other tests: nothing that they left behind holds a key that was given out. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { SECRETS, TRACES } from "../support/root.ts";

/** Long enough that no two keys share it, and what a careless prefix or log line would still show. */
const PIECE = 24;

/** `<start of the secret> in <file>` for each secret of which a file holds a piece. One pass over each file, however many secrets. */
function leaks(secrets: readonly string[], files: readonly { readonly file: string; readonly bytes: Buffer }[]): string[] {
  const byPiece = new Map(secrets.map((secret) => [secret.slice(-PIECE), secret]));
  const beginnings = new Set([...byPiece.keys()].map((piece) => Buffer.from(piece, "latin1").readUInt32LE()));
  const isInPieces = new Uint8Array(256);
  for (const piece of byPiece.keys()) for (const byte of Buffer.from(piece, "latin1")) isInPieces[byte] = 1;
  return files.flatMap(({ file, bytes }) => {
    const found = new Set<string>();
    for (const at of placesOf(bytes, isInPieces)) {
      if (!beginnings.has(bytes.readUInt32LE(at))) continue;
      const secret = byPiece.get(bytes.toString("latin1", at, at + PIECE));
      if (secret !== undefined) found.add(secret);
    }
    return [...found].map((secret) => `${secret.slice(0, 12)}… in ${file}`);
  });
}

/** Where a piece can be: it has bytes of pieces alone, so one other byte rules out every place from which a piece would reach it. */
function* placesOf(bytes: Buffer, isInPieces: Uint8Array): Generator<number> {
  /** Bytes of pieces from here to before `end`. */
  let start = 0;
  for (let end = PIECE - 1; end < bytes.length; end++) {
    let at = end;
    while (at >= start && isInPieces[bytes[at]!] === 1) at--;
    if (at >= start) {
      start = at + 1;
      end = at + PIECE - 1;
      continue;
    }
    yield end - PIECE + 1;
    start = end + 1;
  }
}

test("no data directory, log, refusal or metric holds a plaintext key, service token or operator token", () => {
  const secrets = existsSync(SECRETS)
    ? [
        ...new Set(
          readFileSync(SECRETS, "utf8")
            .split("\n")
            .filter((line) => line.length >= PIECE),
        ),
      ]
    : [];
  // server.json holds the operator's token of a running server: that is its purpose. One of a killed server stays behind.
  const names = globSync("**/*", { cwd: TRACES }).filter((file) => statSync(`${TRACES}/${file}`).isFile() && !file.endsWith("server.json"));
  expect(secrets.length, "secrets that the suite has seen").toBeGreaterThan(100);
  expect(names.length, "files that the suite has left").toBeGreaterThan(20);
  expect(
    leaks(
      secrets,
      names.map((file) => ({ file, bytes: readFileSync(`${TRACES}/${file}`) })),
    ),
  ).toEqual([]);
});

test("the search finds a key in the middle of a line, and its end alone", () => {
  const key = "kw_live_0123456789012345678901234567890123456789012_000000";
  const texts = { a: `refused ${key}, sorry`, b: `…${key.slice(20)}`, c: key.slice(0, 12) };
  const files = Object.entries(texts).map(([file, text]) => ({ file, bytes: Buffer.from(text) }));
  expect(leaks([key], files)).toEqual(["kw_live_0123… in a", "kw_live_0123… in b"]);
});
