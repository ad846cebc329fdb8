/** The platforms that Keyward knows by name. */
import { agentpay } from "./agentpay.ts";
import { agentsend } from "./agentsend.ts";
import { agentsgt } from "./agentsgt.ts";
import { agentwallex } from "./agentwallex.ts";
import { ampersend } from "./ampersend.ts";
import type { Platform } from "./define.ts";
import { keyward } from "./keyward.ts";

export const PLATFORMS: ReadonlyMap<string, Platform> = new Map(
  [keyward, agentpay, agentwallex, agentsend, ampersend, agentsgt].map((platform) => [platform.name, platform]),
);

export { BASE36, BASE62 } from "../engine/key-format.ts";
export { formatTimestamp, formatTimestampSeconds } from "../engine/timestamp.ts";
export { definePlatform, type Platform, type PlatformDefinition } from "./define.ts";
export { problemDetails } from "./problem-details.ts";
export { count, flag, list, nullable, record, type Schema, text, time } from "./schema.ts";
export { agentpay, agentsend, agentsgt, agentwallex, ampersend, keyward };
