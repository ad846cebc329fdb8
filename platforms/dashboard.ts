/** The page of API keys, as data: what it shows and what people can do there. */
import type { KeySystem } from "../engine/key-system.ts";

export interface Dashboard {
  /** The columns of the list of keys, in order. */
  readonly columns: readonly ("name" | "publicKey" | "prefix" | "createdAt" | "lastUsedAt" | "expiresAt" | "status")[];
  /** What people can do with a key. An action that is not listed is not shown. */
  readonly actions: readonly ("toggle" | "rotate" | "revoke")[];
  /** The inputs of the form besides the name. `environment` is shown only if several are served. */
  readonly fields: readonly ("environment" | "expiry" | "domains" | "scopes" | "resources" | "limits")[];
  /** The words of the page. */
  readonly words: {
    readonly create: string;
    readonly name: string;
    /** The status of a key that works. */
    readonly active: string;
    /** The action that revokes a key, and the status of a revoked key. */
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

/** The page with everything that such keys can do, changed by the fields of `given`. */
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

/** Finds what the page offers although the platform's keys do not have it. */
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
