/** What a running server knows of itself, of its machine and of its database, for the operator's checklist in `diagnosis.ts`. */

export interface Facts {
  /** Milliseconds since the epoch, by the server. */
  readonly now: number;
  /** Such as `26.10.0`. */
  readonly node: string;
  readonly isProduction: boolean;
  readonly secret: {
    readonly from: "environment" | "file" | "data directory";
    readonly isWeak: boolean;
    /** Whether users other than the owner and its group can read the file. */
    readonly isOpenToOthers: boolean;
    readonly hasPrevious: boolean;
    /** What still needs the previous secret. */
    readonly onPrevious: number;
    /** What needs a secret that nobody gave. */
    readonly unverifiable: number;
  };
  readonly baseUrl: string | undefined;
  /** Whether only programs of this machine reach the listener. */
  readonly listensOnLoopback: boolean;
  readonly hasTrustedProxies: boolean;
  /** Peers that sent `X-Forwarded-For` and are not trusted. */
  readonly untrustedForwarders: readonly string[];
  /** The address of the listener for metrics alone. Undefined: they need a token. */
  readonly metricsHost: string | undefined;
  readonly metricsOnLoopback: boolean;
  readonly passwordSignIn: "open" | "invited" | undefined;
  /** Names of providers. */
  readonly providers: readonly string[];
  /** Whether the platform's own JWTs sign people in. */
  readonly hasPlatformIdentity: boolean;
  readonly hasUsers: boolean;
  readonly dataDirectory: string;
  readonly dataDirectoryMode: number;
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
  /** The soft limit. Undefined where the system does not say. */
  readonly openFilesLimit: number | undefined;
  readonly database: DatabaseFacts;
  /** Of the embedded database; null if there was none. Undefined elsewhere. */
  readonly lastBackupAt?: number | null | undefined;
  /** Of a process among several. */
  readonly standing?:
    | { readonly leaseMs: number; readonly lag: number; readonly nodes: number; readonly connectionsEach: number }
    | undefined;
}

export interface DatabaseFacts {
  /** The moment of the newest entry of the audit log; null when it is empty. */
  readonly newestEntryAt: number | null;
  /** Migrations of a newer version. */
  readonly unknownMigrations: readonly string[];
  readonly postgres?: PostgresFacts | undefined;
}

export interface PostgresFacts {
  /** Such as `18.4`. */
  readonly version: string;
  /** By its clock, in milliseconds since the epoch. */
  readonly now: number;
  readonly maxConnections: number;
  /** How many servers copy this one. */
  readonly standbys: number;
  /** `synchronous_standby_names`. */
  readonly synchronousStandbys: string;
  readonly synchronousCommit: string;
}

/** Where `keyward backup` leaves in the data directory when it was last made, as JSON: `madeAt` in milliseconds since the epoch. */
export const LAST_BACKUP_FILE = "last-backup.json";
