/** What the surfaces share: the service, the platform it serves, and who may manage it. */
import type { BlockList } from "node:net";
import type { AdmissionContext } from "../admission/context.ts";
import type { CountsFailures, FailedAttempts } from "../admission/failed-attempts.ts";
import type { RequestIds } from "../admission/request-id.ts";
import type { UntrustedForwarders } from "../admission/untrusted-forwarders.ts";
import type { Facts } from "../engine/diagnosis-facts.ts";
import type { Identity } from "../identity/index.ts";
import type { Keyward } from "../service/index.ts";
import type { Meter } from "../telemetry/meter.ts";
import type { ThreadReport } from "../telemetry/thread-report.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Dashboard } from "./built-dashboard.ts";
import type { Manual } from "./manual/manual.ts";
import type { SignInAttempts } from "./sign-in/attempts.ts";

export interface HttpContext extends AdmissionContext {
  readonly service: Keyward;
  readonly identity: Identity;
  /** Signs the JWTs of members and the session tokens of agents (HS256). */
  readonly managementKey: Uint8Array;
  /** SHA-256 of the token that lets this machine's operator do everything; latin1. */
  readonly operatorFingerprint: string;
  /** Proxies whose `X-Forwarded-*` headers are trusted. */
  readonly trustedProxies: BlockList;
  /**
   * What forward-auth says to a browser's preflight: `pass` it to the API or `refuse` it. Undefined: as the platform's keys are used, by
   * origin if from websites, otherwise like any other request without a key.
   */
  readonly preflights?: "pass" | "refuse" | undefined;
  readonly requestIds: RequestIds;
  readonly attempts: CountsFailures & Pick<FailedAttempts, "answered" | "countedAlone">;
  readonly signInAttempts: SignInAttempts;
  /** Measures requests. Absent where nobody asks for metrics. */
  readonly meter?: Meter | undefined;
  /** Absent where traces are off. */
  readonly tracing?: Tracing | undefined;
  /** Of all threads of the process, this one first. Absent where there is one. */
  readonly reports?: (() => Promise<readonly ThreadReport[]>) | undefined;
  /** Null if it could not be built: its pages then say so. Absent if none is served. */
  readonly dashboard?: Dashboard | null | undefined;
  /** Reads the documentation. Absent if none is served. */
  readonly manual?: (() => Promise<Manual>) | undefined;
  /** For metrics. */
  readonly about?: { readonly version: string; readonly database: "sqlite" | "postgres"; freeBytes(): Promise<number> } | undefined;
  /** What is so on the running server. Absent in a thread that does not serve the management API. */
  readonly lookAround?: (() => Promise<Facts>) | undefined;
  /** Hears of requests of the management API. Absent there too. */
  readonly untrustedForwarders?: Pick<UntrustedForwarders, "note"> | undefined;
  /** Whether metrics have a listener of their own; then this one does not serve them. */
  readonly hasMetricsListener?: boolean;
}
