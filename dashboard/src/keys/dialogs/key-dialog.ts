/** The dialogs about keys, which the list and the page of a key both open. */
import type { ApiKey } from "@keyward/sdk";

/** Which one is open, and about which key. */
export type KeyDialog =
  | { readonly kind: "create" }
  | { readonly kind: "claim" }
  | { readonly kind: "edit" | "rotate" | "revoke" | "show"; readonly key: ApiKey };
