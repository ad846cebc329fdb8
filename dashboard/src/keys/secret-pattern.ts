/** Recognizing a key in a text, by what the server says of this platform's keys. */
import type { PlatformDescription } from "@keyward/sdk";

type OfKeys = Pick<PlatformDescription, "secretPattern" | "chosenKeys">;

/** The secret that the text is or holds, such as the one in `export API_KEY=kw_live_…`; undefined where there is none. */
export function secretIn(text: string, { secretPattern }: OfKeys): string | undefined {
  return new RegExp(secretPattern).exec(text)?.[0];
}

/** Whether a text could be a key that somebody chose, which no pattern recognizes. */
export function mayBeChosenKey(text: string, { chosenKeys }: OfKeys): boolean {
  return (
    chosenKeys !== null && /^[\x21-\x7e]+$/.test(text) && text.length >= chosenKeys.minimumLength && text.length <= chosenKeys.maximumLength
  );
}

/** Search parameters without those that hold a secret: it must not stay in an address, nor be sent in one. */
export function withoutSecrets<Search extends object>(search: Search, platform: OfKeys): Search {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => typeof value !== "string" || secretIn(value, platform) === undefined),
  ) as Search;
}
