/** The part of the store contract that concerns signing in on a device without a browser, such as a terminal. Import it from `contract.ts`. */

/** What a person sees before they let a device in. */
export interface DeviceLogin {
  /** What the device says that it is. */
  readonly client: string;
  /** The address that the device's request came from. */
  readonly address: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Codes are stored as digests: a copy of the database lets nobody in. */
export interface NewDeviceLogin extends DeviceLogin {
  readonly userCodeDigest: string;
  readonly deviceCodeDigest: string;
}

/** A session that the store adds: its token is a digest, too. */
export interface NewSession {
  readonly id: string;
  readonly tokenDigest: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export type TakeDeviceLoginResult =
  /** Somebody has let it in: the session is theirs. */
  | { readonly outcome: "taken"; readonly userId: string }
  /** Nobody has let it in yet. */
  | { readonly outcome: "waiting" }
  /** There is none with this code: it was taken or refused, or has expired. */
  | { readonly outcome: "not_found" };

export interface DeviceLoginStore {
  /** Adds a login that waits for a person. */
  beginDeviceLogin(login: NewDeviceLogin): Promise<void>;
  /** A login that still waits at `now`, by any of these digests of its user code. */
  findDeviceLogin(userCodeDigests: readonly string[], now: number): Promise<DeviceLogin | undefined>;
  /** Lets a waiting device in as this person, or with null refuses it. Once: a login that was settled is not found. */
  settleDeviceLogin(
    userCodeDigests: readonly string[],
    userId: string | null,
    now: number,
  ): Promise<{ readonly outcome: "settled" | "not_found" }>;
  /** Ends a login that was let in and adds its session, or does neither. However many take it at once, one of them gets it. */
  takeDeviceLogin(deviceCodeDigests: readonly string[], session: NewSession, now: number): Promise<TakeDeviceLoginResult>;
}
