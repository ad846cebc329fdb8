/** Passwords in a file of PostgreSQL's own form: lines of `host:port:database:user:password`, where `*` matches anything. */
import { readFile, stat } from "node:fs/promises";
import type { ConnectionSettings } from "./connection-settings.ts";
import { OpeningRefused } from "./opening-refused.ts";

type Asked = Pick<ConnectionSettings, "host" | "port" | "database" | "user">;

const OF_OTHERS = 0o077;

/**
 * The password for a connection. Undefined if the file is missing or has none.
 * @throws OpeningRefused with one sentence if others can read the file
 */
export async function readPasswordFile(path: string, asked: Asked): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) return undefined;
  if ((found.mode & OF_OTHERS) !== 0) throw new OpeningRefused(`others can read the password file ${path}; change its mode to 0600`);
  return findPassword(await readFile(path, "utf8"), asked);
}

/** The password of the first line that matches. A backslash makes `:` and itself ordinary. */
export function findPassword(text: string, { host, port, database, user }: Asked): string | undefined {
  const asked = [host.startsWith("/") ? "localhost" : host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = (line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? []).map((field) => field.replace(/:$/, "").replaceAll(/\\(.)/g, "$1"));
    if (fields.length > asked.length && asked.every((value, at) => fields[at] === "*" || fields[at] === value))
      return fields[asked.length] || undefined;
  }
  return undefined;
}
