/**
 * Signing in on a device without a browser, such as a terminal (after RFC 8628): the device shows a short code, a person who has signed in
 * lets it in, and the device, which alone knows its long code, gets a session.
 */
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import type { NewId } from "../engine/id.ts";
import { BASE62, generateKey, type KeyFormat, parseKey, type RandomBytes } from "../engine/key-format.ts";
import type { DeviceLogin, DeviceLoginStore, PeopleStore, Session } from "../stores/contract.ts";
import type { Secrets } from "./secrets.ts";

const DEVICE_CODE: KeyFormat = { prefixes: { live: "kwd_" }, alphabet: BASE62, randomLength: 43, separator: "_", checksumLength: 6 };
const SESSION_TOKEN: KeyFormat = { ...DEVICE_CODE, prefixes: { live: "kwc_" } };
/** No vowels, which would make words, and nothing that looks like something else. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const LETTERS_OF_CODE = 8;
/** 20^8 codes, 10 minutes, and few attempts for each address: nobody guesses one. */
const WAITING_MS = 10 * 60_000;
const SESSION_MS = 30 * 86_400_000;

interface DeviceLoginsOptions {
  readonly store: DeviceLoginStore & Pick<PeopleStore, "findSession">;
  readonly secrets: Pick<Secrets, "digest" | "digests">;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
}

export type DeviceLogins = ReturnType<typeof deviceLoginOperations>;

export function deviceLoginOperations({ store, secrets, clock, randomBytes, newId }: DeviceLoginsOptions) {
  const notWaiting = () => refuse("not_found", "No device waits with this code; it may have been used, or have expired.");
  const digestsOf = (userCode: string) => secrets.digests(canonical(userCode));

  async function settle(userCode: string, userId: string | null): Promise<Outcome<undefined>> {
    const { outcome } = await store.settleDeviceLogin(digestsOf(userCode), userId, clock());
    return outcome === "settled" ? ok(undefined) : notWaiting();
  }

  return {
    /** Begins a login. `client` is what the device says that it is. The device keeps `deviceCode`, and shows `userCode` for ten minutes. */
    async begin({
      client,
      address,
    }: Pick<DeviceLogin, "client" | "address">): Promise<{ deviceCode: string; userCode: string; expiresAt: number }> {
      const [deviceCode, userCode] = [generateKey(DEVICE_CODE, "live", randomBytes), randomUserCode(randomBytes)];
      const createdAt = clock();
      const expiresAt = createdAt + WAITING_MS;
      const digests = { deviceCodeDigest: secrets.digest(deviceCode), userCodeDigest: secrets.digest(canonical(userCode)) };
      await store.beginDeviceLogin({ client, address, createdAt, expiresAt, ...digests });
      return { deviceCode, userCode, expiresAt };
    },

    /** The device that waits with this code, in any spelling. Refusal: `not_found`. */
    async find(userCode: string): Promise<Outcome<DeviceLogin>> {
      const login = await store.findDeviceLogin(digestsOf(userCode), clock());
      return login === undefined ? notWaiting() : ok(login);
    },

    /** Lets the device in as this person. Refusal: `not_found`. */
    letIn: (userCode: string, userId: string) => settle(userCode, userId),

    /** Refuses the device. Refusal: `not_found`. */
    refuse: (userCode: string) => settle(userCode, null),

    /** A session for the device, once; undefined while it waits. Refusal: `not_found`. */
    async take(deviceCode: string): Promise<Outcome<{ token: string; userId: string; expiresAt: number } | undefined>> {
      if (!parseKey(DEVICE_CODE, deviceCode).wellFormed) return notWaiting();
      const token = generateKey(SESSION_TOKEN, "live", randomBytes);
      const createdAt = clock();
      const expiresAt = createdAt + SESSION_MS;
      const session = {
        id: newId({ prefix: "ses_", spelling: "ulid" }, createdAt),
        tokenDigest: secrets.digest(token),
        createdAt,
        expiresAt,
      };
      const taken = await store.takeDeviceLogin(secrets.digests(deviceCode), session, createdAt);
      if (taken.outcome === "not_found") return notWaiting();
      return ok(taken.outcome === "waiting" ? undefined : { token, userId: taken.userId, expiresAt });
    },

    /** The session of a token that `take` returned, if it is in force. */
    async session(token: string): Promise<Session | undefined> {
      if (!parseKey(SESSION_TOKEN, token).wellFormed) return undefined;
      for (const digest of secrets.digests(token)) {
        const session = await store.findSession({ token: digest }, clock());
        if (session !== undefined) return session;
      }
      return undefined;
    },
  };
}

/** People may type small letters, and leave out the dash. */
function canonical(userCode: string): string {
  return userCode.toUpperCase().replace(/[^A-Z]/g, "");
}

/** `BCDF-GHJK`, each letter as likely as any other. */
function randomUserCode(randomBytes: RandomBytes): string {
  let code = "";
  while (code.length < LETTERS_OF_CODE) {
    // 240 is a multiple of 20: the bytes above would favour some letters.
    for (const byte of randomBytes(16)) if (byte < 240 && code.length < LETTERS_OF_CODE) code += LETTERS[byte % LETTERS.length];
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
