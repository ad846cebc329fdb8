/** What admission needs from its surroundings: the service, the platform, a log and the count of failed attempts. Nothing of HTTP routes. */
import type { Platform } from "../platforms/define.ts";
import type { Keyward } from "../service/index.ts";
import type { CountsFailures } from "./failed-attempts.ts";

/** Where failures are logged. `console`, pino and most loggers are one. */
interface Log {
  error(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface AdmissionContext {
  readonly service: Pick<Keyward, "verify" | "clock" | "monotonic"> & { readonly keys: Pick<Keyward["keys"], "isHostAllowed"> };
  /** Says where credentials may stand and which form refusals have. */
  readonly platform: Platform;
  readonly log: Log;
  /** Counts wrong credentials for each client address. */
  readonly attempts: CountsFailures;
}
