/** Asks the server which key was pasted. */
import { type ApiKey, KeywardError, type PlatformDescription } from "@keyward/sdk";
import { client, noticeSignedOut } from "../app/client.ts";
import { isNotFound, sentenceOf } from "../words/failure.ts";

export type Finding = { readonly found: ApiKey } | { readonly found: undefined; readonly isNobodys: boolean; readonly words: string };

/** Calls the client itself: a cache would keep the key. `words` say why there is none, and never what was pasted. */
export async function findPasted(organizationId: string, key: string, { claimsKeys }: PlatformDescription): Promise<Finding> {
  try {
    return { found: await client.keys.findByKey(organizationId, key) };
  } catch (error) {
    noticeSignedOut(error);
    if (isNotFound(error)) return { found: undefined, isNobodys: true, words: claimsKeys ? `${NOBODYS} ${LINK}` : NOBODYS };
    const words = error instanceof KeywardError ? sentenceOf(error) : "The key could not be looked up. Paste it again.";
    return { found: undefined, isNobodys: false, words };
  }
}

const NOBODYS = "This key does not belong to this organization.";
const LINK = "If it was made outside the dashboard, link it.";
