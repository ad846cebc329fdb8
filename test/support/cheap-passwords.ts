/**
 * Loaded ahead of everything else by the processes of tests: scrypt with the least work. Hundreds of tests sign somebody up, and the work
 * that makes a stolen hash hard to reverse, a tenth of a second of a core for each, would be a good part of what all tests take. Salt,
 * format and comparison stay as they are. The work that was asked for is noted, so that a test can hold it.
 */
import crypto, { type ScryptOptions } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

type Scrypt = (password: string, salt: string, length: number, options: ScryptOptions, done: (...result: unknown[]) => void) => void;

/** What the last hash of this process was asked to cost; undefined before the first. */
export let lastWorkAskedFor: Pick<ScryptOptions, "N" | "r" | "p"> | undefined;

const scrypt = crypto.scrypt as Scrypt;
const cheapScrypt: Scrypt = (password, salt, length, { N, r, p, ...others }, done) => {
  lastWorkAskedFor = { N, r, p };
  scrypt(password, salt, length, { ...others, N: 2, r: 1, p: 1 }, done);
};
crypto.scrypt = cheapScrypt as typeof crypto.scrypt;
syncBuiltinESMExports();
