/**
 * First presentations of credentials that are refused: what is not in memory yet is looked for in the store. Whoever measures them must
 * not learn whether somebody has, or had, the key. The classes take turns in a random order, each credential is presented once, and
 * what is compared are medians: of one half of the runs with the other half for the noise, and of a class with all of them.
 */
import { randomBytes } from "node:crypto";
import { generateCredential } from "../engine/credential-form.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { keyward as secrets } from "../platforms/keyward.ts";
import { type Keyward, keyward } from "../service/index.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import pairs from "./pairs-platform.ts";
import { temporaryDirectory } from "./processes.ts";
import { spreadOf } from "./rounds.ts";
import { note, type Row } from "./table.ts";

const EACH = 2_000;
/** Creations at once: the store's thread is never idle. */
const AT_ONCE = 100;

interface Made {
  readonly id: string;
  readonly presented: string;
}

/** How each class comes by its credential, from a key of its own. */
const CLASSES: Readonly<Record<string, (world: World, made: Made) => Promise<string> | string>> = {
  unknown: ({ system }) => fresh(system),
  revoked: async ({ service, organizationId }, { id, presented }) => {
    await service.keys.revoke(organizationId, id, "operator");
    return presented;
  },
  disabled: async ({ service, organizationId }, { id, presented }) => {
    await service.keys.update(organizationId, id, { enabled: false }, "operator");
    return presented;
  },
};
const OF_PAIRS: typeof CLASSES = {
  ...CLASSES,
  "wrong secret": ({ system }, { presented }) => `${presented.split(":")[0]}:${fresh(system).split(":")[1]}`,
};

interface World {
  readonly system: KeySystem;
  readonly service: Keyward;
  readonly organizationId: string;
}

export async function firstPresentations(): Promise<Row[]> {
  return [
    note(
      `First presentations that are refused, ${EACH.toLocaleString("en-US")} of each class in random order; floor: all classes together`,
    ),
    ...(await measure("a secret", secrets, CLASSES)),
    ...(await measure("a pair", pairs, OF_PAIRS)),
  ];
}

async function measure(name: string, system: KeySystem, classes: typeof CLASSES): Promise<Row[]> {
  const { store, close } = await openSqlite({ directory: temporaryDirectory() });
  const service = await keyward({ platform: system, store, secret: "a secret that only the benchmark has" });
  const organization = await service.organizations.create({ name: "Bench", plan: "free", overrides: { keys: null } }, "operator");
  if (!organization.ok) throw new Error(organization.problem.detail);
  const world: World = { system, service, organizationId: organization.value.id };
  const presentations: { of: string; credential: string }[] = [];
  for (const [of, credentialOf] of Object.entries(classes))
    while (presentations.length % EACH !== 0 || presentations.at(-1)?.of !== of)
      presentations.push(
        ...(await Promise.all(
          Array.from({ length: AT_ONCE }, async () => ({ of, credential: await credentialOf(world, await make(world)) })),
        )),
      );
  await service.flush();
  const times = await present(service, presentations);
  await service.close();
  await close();
  const median = (values: readonly number[]): number => spreadOf(values).median;
  const all = [...times.values()].flat();
  const row = (measure: string, ours: readonly number[], floor: readonly number[]): Row => ({
    measure: `  ${name}, ${measure}`,
    ours: `${(median(ours) * 1_000).toFixed(1)} µs`,
    floor: `${(median(floor) * 1_000).toFixed(1)} µs`,
    ratio: (median(ours) / median(floor)).toFixed(3),
    target: "",
    met: undefined,
  });
  const [odd, even] = [1, 0].map((rest) => all.filter((_, at) => at % 2 === rest)) as [number[], number[]];
  return [...[...times].map(([of, values]) => row(of, values, all)), row("noise: half of them", odd, even)];
}

async function present(service: Keyward, presentations: { of: string; credential: string }[]): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(presentations.map(({ of }) => [of, []]));
  const order = presentations.map((presentation) => ({ presentation, by: Math.random() })).sort((a, b) => a.by - b.by);
  for (const { presentation } of order) {
    const began = performance.now();
    const { valid } = await service.verify(presentation.credential);
    const took = performance.now() - began;
    if (valid) throw new Error("a key that should be refused was admitted");
    times.get(presentation.of)?.push(took);
  }
  return times;
}

async function make({ service, organizationId }: World): Promise<Made> {
  const issued = await service.keys.create(organizationId, {}, "operator");
  if (!issued.ok || issued.value.shown === undefined) throw new Error("no key was issued");
  const { shown, apiKey } = issued.value;
  const presented = "key" in shown ? shown.key : `${shown.publicKey}:${shown.secretKey}`;
  // As a key that people take away mostly is: used before.
  await service.verify(presented);
  return { id: apiKey.id, presented };
}

const fresh = ({ keyForm }: KeySystem): string => generateCredential(keyForm, "live", randomBytes).presented;
