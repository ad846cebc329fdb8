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
export type Places = Partial<Record<PlaceName, Place>>;

/** @throws Error that names those that there are. */
export function platformNamed(name: string): Platform {
  const platform = PLATFORMS.get(name);
  if (platform === undefined) throw new Error(`there is no platform ${name}; there are ${[...PLATFORMS.keys()].join(", ")}`);
  return platform;
}

/** Opens what these visitors need and nothing more. `whenDone` gets a function that ends a server, for each one. */
export async function openPlaces(
  name: string,
  visitors: Iterable<PlaceName>,
  whenDone: (end: () => Promise<void>) => unknown,
): Promise<Places> {
  const platform = platformNamed(name);
  const start = async (withMembers: boolean) => {
    const demonstration = await demonstrate({ directory: traceDirectory("places"), platform, withMembers });
    const options = { platform: name, directory: demonstration.directory, ...(withMembers && { env: PASSWORDS }) };
    return { demonstration, server: await launch(options, whenDone) };
  };
  const needed = new Set(visitors);
  const isShared = (visitor: PlaceName) => visitor !== "operator" && visitor !== "stranger";
  const [shared, alone] = await Promise.all(
    [true, false].map((withMembers) => ([...needed].some((visitor) => isShared(visitor) === withMembers) ? start(withMembers) : undefined)),
  );
  const opened = [...needed].map(async (visitor): Promise<[PlaceName, Place]> => {
    const base = isShared(visitor) ? shared : alone;
    if (base === undefined) throw new Error(`there is no server for ${visitor}`);
    return [visitor, { ...base, cookies: await COOKIES[visitor](base) }];
  });
  return Object.fromEntries(await Promise.all(opened));
}

const COOKIES: Readonly<Record<PlaceName, (base: Omit<Place, "cookies">) => Promise<Place["cookies"]>>> = {
  people: async ({ server, demonstration: { organizationId } }) => (await signedIn(server, { organizationId })).cookies,
  viewer: async ({ server, demonstration: { organizationId } }) =>
    (await signedIn(server, { organizationId, role: "viewer", name: "Niklaus Wirth" })).cookies,
  nobody: async () => [],
  stranger: async () => [],
  operator: async ({ server }) => (await signedInOperator(server)).cookies,
};

/** @throws Error if nobody asked for this visitor. */
export function placeOf(places: Places, visitor: PlaceName): Place {
  const place = places[visitor];
  if (place === undefined) throw new Error(`no place was opened for ${visitor}`);
  return place;
}
