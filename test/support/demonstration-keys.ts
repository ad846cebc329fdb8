/** Keys of the demonstration: one for each thing that a list can say about a key, and the ordinary ones between them. */
import type { CreateKeyInput, Keys } from "../../service/keys.ts";
import { HOSTILE_NAME, type Past } from "./past.ts";
import { keyOf, must } from "./service.ts";

interface Story {
  readonly name: string;
  readonly madeDaysAgo: number;
  /** How many days ago it was used last; never when absent. */
  readonly usedDaysAgo?: number;
  /** Uses on a full day. */
  readonly perDay?: number;
  readonly input?: CreateKeyInput;
  readonly later?: { readonly daysAgo: number; readonly what: keyof typeof LATER };
}

/** By the condition that they show. */
const STORIES = {
  active: { name: "Production backend", madeDaysAgo: 60, usedDaysAgo: 0, perDay: 4_200 },
  rotation_due: { name: "Reporting", madeDaysAgo: 140, usedDaysAgo: 1, perDay: 310 },
  unused: { name: "Prototype", madeDaysAgo: 80, usedDaysAgo: 41 },
  never_used: { name: "Partner sandbox", madeDaysAgo: 35 },
  expiring: { name: "Contractor", madeDaysAgo: 27, usedDaysAgo: 0, perDay: 90, input: { expiresIn: "30d" } },
  expired: { name: "Conference demo", madeDaysAgo: 50, usedDaysAgo: 44, perDay: 12, input: { expiresIn: "7d" } },
  disabled: { name: "Batch import", madeDaysAgo: 75, usedDaysAgo: 9, perDay: 800, later: { daysAgo: 9, what: "disable" } },
  revoked: { name: "Leaked in a build log", madeDaysAgo: 88, usedDaysAgo: 20, perDay: 60, later: { daysAgo: 20, what: "revoke" } },
  rotating: { name: "Payments worker", madeDaysAgo: 70, usedDaysAgo: 0, perDay: 1_500, later: { daysAgo: 0.2, what: "rotate" } },
  rate_limited: { name: "Crawler", madeDaysAgo: 20, usedDaysAgo: 0, perDay: 700, input: { limits: { requestsPerMinute: 1 } } },
  hostile: { name: "Renamed later", madeDaysAgo: 15, usedDaysAgo: 0, perDay: 60, later: { daysAgo: 14, what: "rename" } },
  limited: {
    name: "Agents of the north-western region, staging and load tests included, please ask before use",
    madeDaysAgo: 12,
    usedDaysAgo: 0.1,
    perDay: 45,
    input: { resources: ["agent_01", "agent_02"], limits: { requestsPerMinute: 600, requestsPerDay: 20_000, concurrentRequests: 8 } },
  },
  fresh: { name: "Laptop", madeDaysAgo: 0.01 },
} satisfies Record<string, Story>;

export type KeyStory = keyof typeof STORIES;
export type DemonstrationKeys = Readonly<Record<KeyStory, MadeKey>>;

export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly usedDaysAgo: number | undefined;
  readonly madeDaysAgo: number;
  readonly perDay: number;
}

/** In an organization whose id is there when it happens; the result is filled then. */
export function noteKeys(past: Past, organization: { readonly organizationId: string }): DemonstrationKeys {
  const made: Record<string, MadeKey> = {};
  for (const [as, { name, madeDaysAgo, usedDaysAgo, perDay = 0, input = {}, later }] of Object.entries<Story>(STORIES)) {
    past.note(madeDaysAgo, async ({ keys }) => {
      const issued = must(await keys.create(organization.organizationId, { name, ...input }, "operator"));
      made[as] = { id: issued.apiKey.id, key: keyOf(issued), usedDaysAgo, madeDaysAgo, perDay };
    });
    if (later !== undefined)
      past.note(later.daysAgo, ({ keys }) => LATER[later.what](keys, organization.organizationId, made[as]?.id ?? ""));
  }
  return made as DemonstrationKeys;
}

const LATER = {
  disable: async (keys: Keys, organizationId: string, id: string) =>
    void must(await keys.update(organizationId, id, { enabled: false }, "operator")),
  revoke: async (keys: Keys, organizationId: string, id: string) => void must(await keys.revoke(organizationId, id, "operator")),
  rotate: async (keys: Keys, organizationId: string, id: string) =>
    void keyOf(must(await keys.rotate(organizationId, id, { overlap: "24h" }, "operator"))),
  rename: async (keys: Keys, organizationId: string, id: string) =>
    void must(await keys.update(organizationId, id, { name: HOSTILE_NAME }, "operator")),
} as const;
