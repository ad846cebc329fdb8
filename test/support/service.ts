/** Keyward as a library on a real database, with a clock that the test turns. */
import { randomBytes } from "node:crypto";
import { onTestFinished } from "vitest";
import type { Environment } from "../../engine/api-key.ts";
import { generateCredential } from "../../engine/credential-form.ts";
import type { Outcome } from "../../engine/errors.ts";
import { type Identity, type IdentityOptions, openIdentity } from "../../identity/index.ts";
import { keyward as keywardPlatform } from "../../platforms/keyward.ts";
import { startBackground } from "../../service/background.ts";
import { type Composition, composeService } from "../../service/compose.ts";
import type { IssuedKey, Keyward, KeywardOptions } from "../../service/index.ts";
import type { CreateKeyInput } from "../../service/keys.ts";
import type { Store } from "../../stores/contract.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { putMigratedDatabase } from "./migrated-database.ts";
import { secret, traceDirectory } from "./root.ts";

/** With the parts that the public face does not have. */
export interface TestService extends Pick<Composition, "secrets" | "verifier" | "limiter" | "applyChange"> {
  readonly service: Keyward;
  /** Without any way to sign in, unless some were asked for. */
  readonly identity: Identity;
  readonly store: Store;
  readonly directory: string;
  /** Milliseconds since the epoch; `clock.now += 1000` lets a second pass. */
  readonly clock: { now: number };
  newOrganization(input?: { plan?: string; overrides?: Record<string, number | null> }): Promise<string>;
  newKey(organizationId: string, input?: CreateKeyInput): Promise<{ id: string; key: string }>;
}

const ignore = () => undefined;
export const SILENT = { error: ignore, warn: ignore, debug: ignore };

/** Takes what ends a thing. */
export type WhenDone = (end: () => Promise<void>) => unknown;

/** Opened for one test and closed when it ends, unless `whenDone` takes what closes it. `wrap` may stand between service and store, to count or to fail. */
export async function testService(
  options: Partial<KeywardOptions> & {
    directory?: string;
    maxPageCount?: number;
    wrap?: (store: Store) => Store;
    signIn?: Partial<IdentityOptions>;
    whenDone?: WhenDone;
  } = {},
): Promise<TestService> {
  const {
    directory = traceDirectory("service"),
    maxPageCount,
    signIn,
    wrap = (store) => store,
    onFlushFailed = ignore,
    whenDone = onTestFinished,
    ...rest
  } = options;
  const clock = { now: Date.UTC(2026, 10, 20, 12) };
  await putMigratedDatabase(directory);
  const opened = await openSqlite({ directory, ...(maxPageCount !== undefined && { maxPageCount }) });
  const store = wrap(opened.store);
  const {
    keyward: service,
    work,
    secrets,
    verifier,
    limiter,
    applyChange,
  } = await composeService({
    platform: keywardPlatform,
    store,
    secret: "test-secret-test-secret-test-secret",
    clock: () => clock.now,
    randomBytes,
    ...rest,
  });
  const identity = openIdentity({
    service,
    sessionSecret: secrets.sessionSecret,
    database: opened.guest,
    baseUrl: () => "http://127.0.0.1:4000",
    providers: [],
    password: undefined,
    platform: undefined,
    log: SILENT,
    ...signIn,
  });
  const background = startBackground(work, onFlushFailed);
  whenDone(async () => {
    background.stop();
    await service.close().catch(() => undefined);
    await opened.close();
  });
  return {
    service,
    secrets,
    verifier,
    limiter,
    applyChange,
    identity,
    store,
    directory,
    clock,
    newOrganization: async (input = {}) => must(await service.organizations.create({ name: "Acme", ...input }, "operator")).id,
    async newKey(organizationId, input = {}) {
      const issued = must(await service.keys.create(organizationId, input, "operator"));
      return { id: issued.apiKey.id, key: keyOf(issued) };
    },
  };
}

/** A key of our own platform as it would be issued, that nobody has. */
export function freshKey(environment: Environment): string {
  return generateCredential(keywardPlatform.keyForm, environment, randomBytes).presented;
}

/** The credential of an issued key, as a request presents it. */
export function keyOf({ shown }: IssuedKey): string {
  if (shown === undefined) throw new Error("the key was shown before");
  return secret("key" in shown ? shown.key : `${shown.publicKey}:${shown.secretKey}`);
}

/** The value of an outcome that must be a success. */
export function must<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`refused: ${outcome.problem.code}: ${outcome.problem.detail}`);
  return outcome.value;
}
