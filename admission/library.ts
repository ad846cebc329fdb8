/** Keyward as a library: the service in your own process, with the admission port that the adapters ask. */
import type { Platform } from "../platforms/define.ts";
import { type KeywardOptions, keyward as openService, type Keyward as Service } from "../service/index.ts";
import { localPort, type PortOptions } from "./local-port.ts";
import type { AdmissionPort } from "./port.ts";

export interface LibraryOptions extends KeywardOptions, Pick<PortOptions, "trustedProxies" | "failedAttemptsPerMinute"> {
  /** Key format, plans, scopes and the form of refusals: one of `platforms`, or your own, made with `definePlatform`. */
  readonly platform: Platform;
  /** Where failures are logged. `console` when absent. */
  readonly log?: PortOptions["log"] | undefined;
}

/** The service, and the port: pass it to `protect` of an adapter. */
export interface Keyward extends Service, AdmissionPort {}

/**
 * Opens Keyward on a store.
 * @throws Error with one sentence when the secret is too short, when the platform has no such environment, or when the database belongs to
 * another secret or another platform.
 * @example
 * const { store, close } = await openSqlite({ directory: "./data" });
 * const kw = await keyward({ platform: platforms.keyward, store, secret: process.env.KEYWARD_SECRET });
 * app.get("/agents", protect(kw, { scopes: ["agents:read"] }), (request, response) => response.json(request.apiKey));
 */
export async function keyward(options: LibraryOptions): Promise<Keyward> {
  checkOptions(options);
  const { platform, log = console, trustedProxies, failedAttemptsPerMinute } = options;
  const service = await openService(options);
  return { ...service, ...localPort({ service, platform, log, trustedProxies, failedAttemptsPerMinute }) };
}

/** For callers without types. */
function checkOptions({ platform, store, secret }: LibraryOptions): void {
  if (platform?.errorForm === undefined)
    throw new TypeError("platform must be one of `platforms`, such as platforms.keyward, or made with definePlatform");
  if (typeof store?.findKeyByDigest !== "function")
    throw new TypeError("store must be an open store, such as `(await openSqlite({ directory })).store`");
  if (typeof secret !== "string")
    throw new TypeError("secret must be a text of at least 32 characters; make one with: openssl rand -base64 32");
}
