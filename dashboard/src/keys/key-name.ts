/** The name of a key for people: its own, or else its prefix. */
import type { ApiKey } from "@keyward/sdk";

export function nameOf({ name, prefix }: Pick<ApiKey, "name" | "prefix">): string {
  return name ?? prefix;
}
