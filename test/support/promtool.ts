/** Prometheus' own checker. `.ci/run` installs it; elsewhere the tests that need it are skipped by name. */
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { isProgram } from "./is-program.ts";

/** In the directory that KEYWARD_GATEWAYS names, or on the PATH. */
export const promtool: string | undefined = [process.env.KEYWARD_GATEWAYS ?? "", ...(process.env.PATH ?? "").split(delimiter)]
  .filter((place) => place !== "")
  .map((place) => join(place, "promtool"))
  .find(isProgram);

/** What it prints; undefined when it finds nothing wrong. */
export function complaintOf(args: readonly string[], input = ""): string | undefined {
  const { status, stdout, stderr } = spawnSync(promtool as string, args, { input, encoding: "utf8" });
  return status === 0 ? undefined : `${stdout}${stderr}`;
}
