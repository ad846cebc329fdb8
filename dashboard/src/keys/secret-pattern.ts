/** Recognizing a key in a text, by what the server says about this platform's keys. */
import type { PlatformDescription } from "@keyward/sdk";

type KeyPatterns = Pick<PlatformDescription, "secretPattern" | "chosenKeys">;

/** The secret in a text, such as the one in `export API_KEY=kw_live_…`; undefined if there is none. */
export function findSecret(text: string, { secretPattern }: KeyPatterns): string | undefined {
  return new RegExp(secretPattern).exec(text)?.[0];
}

/** Whether a text could be a key that a person chose, which no pattern recognizes. */
export function mayBeChosenKey(text: string, { chosenKeys }: KeyPatterns): boolean {
  return (
    chosenKeys !== null && /^[\x21-\x7e]+$/.test(text) && text.length >= chosenKeys.minimumLength && text.length <= chosenKeys.maximumLength
  );
}

/** Search parameters without those that contain a secret: it must neither stay in an address nor be sent in one. */
export function withoutSecrets<Search extends object>(search: Search, platform: KeyPatterns): Search {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => typeof value !== "string" || findSecret(value, platform) === undefined),
  ) as Search;
}
