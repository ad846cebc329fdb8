/** What people call a key. */
import type { ApiKey } from "@keyward/sdk";

export function nameOf({ name, prefix }: Pick<ApiKey, "name" | "prefix">): string {
  return name ?? prefix;
}
