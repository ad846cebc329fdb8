/** nginx, Caddy and Envoy: where they are. `.ci/run` installs them; elsewhere the tests that need one that is missing are skipped by name. */
import { delimiter, join } from "node:path";
import { isProgram } from "./is-program.ts";

export type GatewayProgram = "nginx" | "caddy" | "envoy";

/** The program in the directory that KEYWARD_GATEWAYS names, or else on the PATH or among the system's programs; undefined without one. */
export function findGateway(
  name: GatewayProgram,
  { KEYWARD_GATEWAYS = "", PATH = "" }: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const places = [KEYWARD_GATEWAYS, ...PATH.split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return places
    .filter((place) => place !== "")
    .map((place) => join(place, name))
    .find(isProgram);
}
