/** `@keyward/core`: issue, verify, limit, rotate and revoke API keys in your own process, and protect the routes of your application. */
export { type Keyward, keyward, type LibraryOptions } from "./admission/library.ts";
export type { AdmissionPort, Client, Decision, KeyIdentity, Need, PlainResponse } from "./admission/port.ts";
export { definePlatform, type Platform, type PlatformDefinition } from "./platforms/define.ts";
export * as platforms from "./platforms/index.ts";
export type * from "./service/index.ts";
export { StoreUnavailable } from "./service/store-unavailable.ts";
