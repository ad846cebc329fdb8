/** What a platform's page of API keys shows and does, as data. */
import type { KeySystem } from "../engine/key-system.ts";

export interface Dashboard {
  /** Columns of the list of keys, in the page's order. */
  readonly columns: readonly ("name" | "publicKey" | "prefix" | "createdAt" | "lastUsedAt" | "expiresAt" | "status")[];
  /** What people can do with a key there. An action that is not listed is on no screen. */
  readonly actions: readonly ("toggle" | "rotate" | "revoke")[];
  /** What the form takes beside the name; environment only matters where several are served. */
  readonly fields: readonly ("environment" | "expiry" | "domains" | "scopes" | "resources" | "limits")[];
  /** The page's own words. */
  readonly words: {
    readonly create: string;
    readonly name: string;
    /** A key that works. */
    readonly active: string;
    /** What takes a key away for good, and what it is then. */
    readonly revoke: string;
    readonly revoked: string;
    readonly resources: string;
  };
  /** A request of the platform's own API, for code samples. */
  readonly sample: { readonly method: "GET"; readonly path: `/${string}` };
}

const WORDS: Dashboard["words"] = {
  create: "Create API key",
  name: "Name",
  active: "Active",
  revoke: "Revoke",
  revoked: "Revoked",
  resources: "Resources",
};

/** The page with everything that such keys can do, but for what `given` says otherwise. */
export function wholeDashboard(
  { keyForm, scopes }: Pick<KeySystem, "keyForm" | "scopes">,
  given: Partial<Omit<Dashboard, "words">> & { readonly words?: Partial<Dashboard["words"]> } = {},
): Dashboard {
  const isPair = keyForm.kind === "pair";
  return {
    columns: ["name", isPair ? "publicKey" : "prefix", "createdAt", "lastUsedAt", "expiresAt", "status"],
    actions: ["toggle", "rotate", "revoke"],
    fields: [
      "environment",
      "expiry",
      ...(isPair ? ["domains" as const] : []),
      ...(scopes?.length === 0 ? [] : ["scopes" as const]),
      "resources",
      "limits",
    ],
    sample: { method: "GET", path: "/keyward/v1/whoami" },
    ...given,
    words: { ...WORDS, ...given.words },
  };
}

/** What the page offers and the platform's keys do not have. */
export function* dashboardFaults(
  { columns, actions, fields, words, sample }: Dashboard,
  { keyForm, scopes }: KeySystem,
): Generator<string> {
  for (const [list, names] of Object.entries({ columns, actions, fields })) {
    const twice = names.find((name, at) => names.indexOf(name as never) !== at);
    if (twice !== undefined) yield `dashboard.${list} has ${twice} twice`;
  }
  if (!columns.includes("name")) yield "dashboard.columns needs name";
  if (keyForm.kind !== "pair" && columns.includes("publicKey")) yield "dashboard.columns has publicKey, but its keys are no pairs";
  if (keyForm.kind !== "pair" && fields.includes("domains")) yield "dashboard.fields has domains, but its keys are no pairs";
  if (scopes?.length === 0 && fields.includes("scopes")) yield "dashboard.fields has scopes, but there are none to choose from";
  for (const [name, word] of Object.entries(words)) if (word.trim() === "") yield `dashboard.words.${name} is empty`;
  if (!/^\/(?!\/)[\x21-\x7e]*$/.test(sample.path)) yield "dashboard.sample.path must be a path";
}
