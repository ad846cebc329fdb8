/** Servers with everything that the table of screens looks at: one that people use, and one that has its operator alone, who signs in by a link. */
import type { Platform } from "../../platforms/define.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { type Demonstration, demonstrate } from "./demonstration.ts";
import { PASSWORDS, signedIn, signedInOperator, type Visitor } from "./people-at-server.ts";
import { traceDirectory } from "./root.ts";
import { launch, type TestServer } from "./server.ts";

export interface Place {
  readonly server: TestServer;
  readonly demonstration: Demonstration;
  readonly cookies: Visitor["cookies"];
}

/** Who looks: an owner, a viewer, nobody who is signed in; or on the other server its operator, or nobody. */
export type PlaceName = "people" | "viewer" | "nobody" | "operator" | "stranger";
export type Places = Record<PlaceName, Place>;

/** @throws Error that names those that there are. */
export function platformNamed(name: string): Platform {
  const platform = PLATFORMS.get(name);
  if (platform === undefined) throw new Error(`there is no platform ${name}; there are ${[...PLATFORMS.keys()].join(", ")}`);
  return platform;
}

/** `whenDone` takes what ends a server. */
export async function openPlaces(name: string, whenDone: (end: () => Promise<void>) => unknown): Promise<Places> {
  const platform = platformNamed(name);
  const start = async (withMembers: boolean) => {
    const demonstration = await demonstrate({ directory: traceDirectory("places"), platform, withMembers });
    const options = { platform: name, directory: demonstration.directory, ...(withMembers && { env: PASSWORDS }) };
    return { demonstration, server: await launch(options, whenDone) };
  };
  const [people, alone] = await Promise.all([start(true), start(false)]);
  const { organizationId } = people.demonstration;
  return {
    people: { ...people, cookies: (await signedIn(people.server, { organizationId })).cookies },
    viewer: { ...people, cookies: (await signedIn(people.server, { organizationId, role: "viewer", name: "Niklaus Wirth" })).cookies },
    nobody: { ...people, cookies: [] },
    stranger: { ...alone, cookies: [] },
    operator: { ...alone, cookies: (await signedInOperator(alone.server)).cookies },
  };
}
