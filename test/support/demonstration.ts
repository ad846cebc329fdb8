/**
 * A data directory as a year of use leaves it, made before a server starts on it: the past cannot be made over HTTP. All but the counts
 * of use goes through the service, so that whatever is there could have come about.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "../../platforms/define.ts";
import { keyward as keywardPlatform } from "../../platforms/keyward.ts";
import { keyward } from "../../service/index.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { type DemonstrationKeys, noteKeys } from "./demonstration-keys.ts";
import { noteMembers } from "./demonstration-members.ts";
import { useOf } from "./demonstration-use.ts";
import { makeManyKeys } from "./many-keys.ts";
import { HOSTILE_NAME, Past } from "./past.ts";
import { secret } from "./root.ts";
import { must } from "./service.ts";

interface DemonstrationOptions {
  /** New, or at least without a database. */
  readonly directory: string;
  readonly platform?: Platform;
  /** Milliseconds since the epoch: the end of all that has happened. */
  readonly now?: number;
  /** Members and invitations. Without any, a server without providers prints the operator's link. */
  readonly withMembers?: boolean;
  /** So many keys in an organization of their own. */
  readonly manyKeys?: number;
}

export interface Demonstration {
  readonly directory: string;
  /** Has everything: keys in every condition, use, members, invitations. */
  readonly organizationId: string;
  /** Is named `HOSTILE_NAME` and has a key of that name. */
  readonly hostileId: string;
  /** Has nothing. */
  readonly emptyId: string;
  /** Has the keys of `manyKeys`, `Agent 1` (the oldest) and so on, and one that is older. */
  readonly manyId: string;
  readonly keys: DemonstrationKeys;
}

type Organizations = Omit<Demonstration, "directory" | "keys">;

/** Fills a data directory, whose database is closed again when this resolves. */
export async function demonstrate(options: DemonstrationOptions): Promise<Demonstration> {
  const { directory, platform = keywardPlatform, now = Date.now(), withMembers = true, manyKeys = 0 } = options;
  const past = new Past(now);
  const organizations = noteOrganizations(past);
  const keys = noteKeys(past, organizations);
  if (withMembers) noteMembers(past, organizations);
  noteServiceTokens(past);

  const clock = { now };
  const master = randomBytes(32).toString("base64url");
  const { store, close } = await openSqlite({ directory });
  const service = await keyward({ platform, store, secret: master, clock: () => clock.now });
  // Where a server finds it.
  writeFileSync(join(directory, "secret"), `${master}\n`, { mode: 0o600 });
  await past.happen(service, store, clock);
  await store.recordUse(useOf(keys, now));
  await service.close();
  await close();
  if (manyKeys > 0) makeManyKeys({ directory, organizationId: organizations.manyId, count: manyKeys, now });
  return { directory, ...organizations, keys };
}

/** The result is filled while the events happen. */
function noteOrganizations(past: Past): Organizations {
  const ids = { organizationId: "", hostileId: "", emptyId: "", manyId: "" };
  const note = (daysAgo: number, as: keyof Organizations, name: string) =>
    past.note(daysAgo, async ({ organizations, platform }) => {
      const plan = as === "organizationId" ? Object.keys(platform.plans).at(-1) : undefined;
      ids[as] = must(await organizations.create({ name, plan }, "operator")).id;
    });
  note(365, "organizationId", "Analytical Engines");
  note(200, "hostileId", HOSTILE_NAME);
  note(120, "manyId", "Ten Thousand Agents");
  note(2, "emptyId", "New here");
  past.note(150, async ({ keys }) => must(await keys.create(ids.hostileId, { name: HOSTILE_NAME }, "operator")));
  past.note(100, async ({ keys }) => must(await keys.create(ids.manyId, { name: "Agent 0" }, "operator")));
  return ids;
}

function noteServiceTokens(past: Past): void {
  const ids: Record<string, string> = {};
  const note = (name: string, daysAgo: number) =>
    past.note(daysAgo, async ({ serviceTokens }) => {
      const { token, serviceToken } = must(await serviceTokens.create({ name }, "operator"));
      secret(token);
      ids[name] = serviceToken.id;
    });
  note("Old gateway", 360);
  note("Gateway", 301);
  past.note(300, async ({ serviceTokens }) => must(await serviceTokens.revoke(ids["Old gateway"] ?? "", "operator")));
  note("Billing", 40);
  note(HOSTILE_NAME, 5);
}
