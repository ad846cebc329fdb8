/** The platforms that Keyward knows by name. */
import { agentsend } from "./agentsend.ts";
import type { Platform } from "./define.ts";
import { keyward } from "./keyward.ts";

export const PLATFORMS: ReadonlyMap<string, Platform> = new Map([keyward, agentsend].map((platform) => [platform.name, platform]));

export { definePlatform, type Platform } from "./define.ts";
export { agentsend, keyward };
