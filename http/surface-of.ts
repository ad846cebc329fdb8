/** Which surface a path of Keyward's own belongs to, for metrics and traces. */
import { AUTH_PATH, DEVICE_PAGE, SIGN_IN_PAGE } from "../identity/paths.ts";
import type { Surface } from "../telemetry/surfaces.ts";
import { isAtOrBelow } from "./base-url.ts";

const BELOW: readonly (readonly [base: string, surface: Surface])[] = [
  ["/keyward/v1/device-logins", "sign-in"],
  ["/keyward/v1", "management"],
  [AUTH_PATH, "sign-in"],
  [SIGN_IN_PAGE, "sign-in"],
  [DEVICE_PAGE, "sign-in"],
  ["/keyward/health", "operations"],
  ["/keyward/ready", "operations"],
  ["/keyward/metrics", "operations"],
  ["/keyward/openapi.json", "operations"],
  ["/keyward/llms.txt", "operations"],
  ["/keyward/manual", "operations"],
  ["/keyward/agent-skills", "operations"],
  ["/llms.txt", "operations"],
  ["/.well-known", "operations"],
];

/** @param documented the paths that the platform documents */
export function surfaceOf(path: string, documented: readonly string[]): Surface {
  for (const base of documented) if (isAtOrBelow(path, base)) return "platform";
  for (const [base, surface] of BELOW) if (isAtOrBelow(path, base)) return surface;
  return "dashboard";
}
