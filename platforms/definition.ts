/** The description of a platform, and the default of each field. */
import type { Environment } from "../engine/api-key.ts";
import type { KeyForm } from "../engine/credential-form.ts";
import { BASE62, type KeyFormat } from "../engine/key-format.ts";
import type { OfferedPlan } from "../engine/key-system.ts";
import { LIMIT_FIELDS } from "../engine/limit-fields.ts";
import { type Dashboard, wholeDashboard } from "./dashboard.ts";
import type { Platform } from "./platform.ts";
import { problemDetails } from "./problem-details.ts";

/** A key is `<prefix><random><separator><checksum>`. */
interface KeyFormatDefinition {
  /** By environment, such as `{ live: "lm_live_", test: "lm_test_" }`. */
  readonly prefixes: KeyFormat["prefixes"];
  /** `BASE62` or `BASE36`. Default: BASE62. */
  readonly alphabet?: KeyFormat["alphabet"];
  /** Random characters, at least 128 bits of them: 22 of base62, 25 of base36. Default: 37. */
  readonly randomLength?: number;
  /** Default: none. */
  readonly separator?: KeyFormat["separator"];
  /** Characters of checksum, which refuse a mistyped key without a look-up; 0 where a documented form leaves no room. Default: 6. */
  readonly checksumLength?: KeyFormat["checksumLength"];
}

/** One secret; a secret that the caller may choose (`custom`); or a public and a secret key. */
type KeyFormDefinition =
  | {
      readonly kind: "secret";
      readonly format: KeyFormatDefinition;
      /** People may choose the secret themselves; its length in characters. */
      readonly custom?: { readonly minimumLength: number; readonly maximumLength: number };
    }
  | { readonly kind: "pair"; readonly publicKey: KeyFormatDefinition; readonly secretKey: KeyFormatDefinition };

/** A platform with everything optional but its name and the form of its keys. */
export interface PlatformDefinition {
  /** In lower case. It is stored in the database, which serves only one platform. */
  readonly name: string;
  /** The name as people write it. Default: `name`. */
  readonly title?: string;

  /** The form of its keys. */
  readonly keyForm: KeyFormDefinition;
  /** Which of live and test exist; new keys get the first. Default: those that have a key prefix, live first. */
  readonly environments?: Platform["environments"];
  /** Whether each server serves only one environment: the first, or that of `--environment`. Default: false, all of them. */
  readonly oneEnvironmentPerDeployment?: boolean;
  /**
   * The part of a new key that lists show. `presented` is the whole key, of a pair `<public>:<secret>`.
   * Default: the prefix and four more characters; for a pair, the public key.
   */
  prefixOf?(presented: string): string;
  /** The ids of keys. Default: `key_` and a ULID. */
  readonly keyId?: Platform["keyId"];
  /** Whether keys are also stored encrypted, so that their owner can see them again. Default: false. */
  readonly sealsKeys?: boolean;
  /** Whether a person's first sign-in creates an organization with a first key. Default: false. */
  readonly firstKeyAtSignIn?: boolean;
  /** The age in days from which a key is flagged for rotation. Default: null, never. */
  readonly rotateAfterDays?: number | null;

  /**
   * The plans by name: the limits of each key (`requestsPerMinute` in any 60 seconds, `requestsPerDay` in any 24 hours, `concurrentRequests` at once),
   * and `keys`, how many active keys an organization may have. A number that is absent or null means no limit.
   * Default: one plan, `unlimited`.
   */
  readonly plans?: Readonly<Record<string, Partial<OfferedPlan>>>;
  /** The plan of an organization that is created without one. Default: the first of `plans`. */
  readonly defaultPlan?: string;
  /** The plan of unclaimed keys; required if a route has the access `anonymous`. Default: null, every key belongs to an organization. */
  readonly unclaimedPlan?: string | null;

  /** All scopes that a key can have. Default: null: any scope is allowed, and a key that is created without scopes has none. */
  readonly scopes?: Platform["scopes"];
  /** Returns the canonical form of a resource that a key may be restricted to, such as an address in lower case. Default: unchanged. */
  canonicalResource?(resource: string): string;
  /** The operations that the gateway passes on, each with the scope that it needs. Default: null, every request with a valid key. */
  readonly operations?: Platform["operations"];

  /** Where a request may carry its key; a request that uses two places is refused. Default: `Authorization: Bearer` and `X-Api-Key`. */
  readonly credentials?: Platform["credentials"];
  /** The form of every error. Default: problem details (RFC 9457). */
  readonly errorForm?: Platform["errorForm"];
  /** What is put around the body of every successful response of the platform's own routes. Default: null, nothing. */
  readonly envelope?: Platform["envelope"];
  /** The key routes that the platform documents. Default: none; the management API exists in any case. */
  readonly routes?: Platform["routes"];

  /** The page of API keys. Default for each field: everything that the platform's keys can do, in the words "Create API key", "Name", "Revoke". */
  readonly dashboard?: Partial<Omit<Dashboard, "words">> & { readonly words?: Partial<Dashboard["words"]> };
  /** The platform's own sign-in, whose JWTs the management API accepts. Default: none. */
  readonly identity?: Platform["identity"];
}

const KEY_FORMAT = { alphabet: BASE62, randomLength: 37, separator: "", checksumLength: 6 } as const satisfies Omit<KeyFormat, "prefixes">;
const SHOWN_CHARACTERS = 4;

/** The defaults that depend on nothing else in the description. */
const DEFAULTS = {
  oneEnvironmentPerDeployment: false,
  keyId: { prefix: "key_", spelling: "ulid" },
  sealsKeys: false,
  firstKeyAtSignIn: false,
  rotateAfterDays: null,
  unclaimedPlan: null,
  scopes: null,
  canonicalResource: (resource: string) => resource,
  operations: null,
  credentials: [{ header: "authorization", scheme: "Bearer" }, { header: "x-api-key" }],
  errorForm: problemDetails,
  envelope: null,
  routes: [],
} as const satisfies Partial<Platform>;

/** Completes a description with the defaults. Checks nothing. */
export function withDefaults(definition: PlatformDefinition): Platform {
  const { name, plans = { unlimited: {} } } = definition;
  const keyForm = wholeKeyForm(definition.keyForm);
  const { prefixes } = keyForm.kind === "pair" ? keyForm.publicKey : keyForm.format;
  return {
    ...DEFAULTS,
    title: name,
    environments: (["live", "test"] as const).filter((each) => prefixes[each] !== undefined) as [Environment, ...Environment[]],
    prefixOf: (presented) => shownPart(keyForm, presented),
    defaultPlan: Object.keys(plans)[0] ?? "",
    ...withoutUndefined(definition),
    keyForm,
    plans: Object.fromEntries(Object.entries(plans).map(([plan, offered]) => [plan, wholePlan(offered)])),
    dashboard: wholeDashboard({ keyForm, scopes: definition.scopes ?? null }, definition.dashboard),
  };
}

/** A field that is `undefined` counts as absent. */
function withoutUndefined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function wholeKeyForm(form: KeyFormDefinition): KeyForm {
  const whole = (format: KeyFormatDefinition): KeyFormat => ({ ...KEY_FORMAT, ...format });
  return form.kind === "pair"
    ? { kind: "pair", publicKey: whole(form.publicKey), secretKey: whole(form.secretKey) }
    : { ...form, format: whole(form.format) };
}

function wholePlan(plan: Partial<OfferedPlan>): OfferedPlan {
  const limits = Object.fromEntries([...LIMIT_FIELDS, "keys"].map((name) => [name, null]));
  return { ...limits, ...plan } as OfferedPlan;
}

/** Too little to guess the rest from. A key that its owner chose may begin with anything. */
function shownPart(form: KeyForm, presented: string): string {
  if (form.kind === "pair") return presented.slice(0, presented.indexOf(":"));
  // The longest: `sk_` and `sk_test_` both begin a key of the test environment.
  const fitting = Object.values(form.format.prefixes).filter((prefix) => presented.startsWith(prefix));
  return presented.slice(0, Math.max(0, ...fitting.map((prefix) => prefix.length)) + SHOWN_CHARACTERS);
}
