/** What a server must be for Keyward to use it. */
import { OpeningRefused } from "./opening-refused.ts";
import type { ServerFacts } from "./session.ts";

/** Older ones lack nothing that is used today, and are not tested. */
const OLDEST = 15;

/** @throws OpeningRefused with one sentence */
export function checkServer({ version, encoding, isReadOnly }: Omit<ServerFacts, "isStandby">): void {
  const major = Math.floor(version / 10_000);
  if (major < OLDEST) throw new OpeningRefused(`the server is PostgreSQL ${major}; Keyward needs version ${OLDEST} or newer`);
  if (encoding !== "UTF8") throw new OpeningRefused(`the database has the encoding ${encoding}; create it with the encoding UTF8`);
  if (isReadOnly) throw new OpeningRefused("the database is read-only; Keyward needs the primary, and must be able to write");
}
