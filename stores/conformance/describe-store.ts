/**
 * The conformance kit of `stores/contract.ts`: what every store must guarantee. The test file of a store calls `describeStore` once, and
 * adds tests of what is special about that store.
 */
import { afterAll, beforeAll, describe, test } from "vitest";
import type { OpenStore } from "../open-store.ts";
import { describeActingKeys } from "./acting-keys.ts";
import { describeAtomicity } from "./atomicity.ts";
import { describeChildKeys } from "./child-keys.ts";
import { describeClaims } from "./claims.ts";
import { describeDeviceLogins } from "./device-logins.ts";
import { describeDomains } from "./domains.ts";
import { describeFacts } from "./facts.ts";
import type { Guarantee } from "./guarantee.ts";
import { describeKeyChanges } from "./key-changes.ts";
import { describeKeyLimit } from "./key-limit.ts";
import { describeKeyLists } from "./key-lists.ts";
import { describeKeyPairs } from "./key-pairs.ts";
import { describeKeySearches } from "./key-searches.ts";
import { describeKeys } from "./keys.ts";
import { describeMembershipRaces } from "./membership-races.ts";
import { describeNewcomers } from "./newcomers.ts";
import { describeOperatorCode } from "./operator-code.ts";
import { describeOperatorTokens } from "./operator-tokens.ts";
import { describeOrganizations } from "./organizations.ts";
import { describeRaces } from "./races.ts";
import { describeRefusals } from "./refusals.ts";
import { describeRotation } from "./rotation.ts";
import { describeSealedKeys } from "./sealed-keys.ts";
import { describeSecrets } from "./secrets.ts";
import { describeServiceTokens } from "./service-tokens.ts";
import { describeSessions } from "./sessions.ts";
import { describeSimulation } from "./simulation.ts";
import { describeUsageReports } from "./usage-reports.ts";
import { describeUse } from "./use.ts";
import { World, withoutBank } from "./world.ts";

/** A guarantee that a store cannot give because it lacks a capability, and what that means for its operator. */
interface Skip {
  readonly guarantee: string;
  readonly capability: string;
  readonly reason: string;
}

/**
 * Runs the kit on a store. `open` must return an empty one that nobody else uses.
 * @example
 * describeStore("sqlite", () => openSqlite({ directory: traceDirectory("sqlite") }));
 */
export function describeStore(
  name: string,
  open: () => Promise<Pick<OpenStore, "store" | "close">>,
  { skip = [] }: { skip?: readonly Skip[] } = {},
): void {
  describe(`${name} keeps the contract of stores`, () => {
    const world = new World();
    const skipped = new Map(skip.map((row) => [row.guarantee, row]));
    const met = new Set<string>();
    let close: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      const unknown = skip.filter((row) => !met.has(row.guarantee));
      if (unknown.length > 0) throw new Error(`these skips name no guarantee: ${unknown.map((row) => row.guarantee).join("; ")}`);
      const opened = await open();
      close = () => opened.close();
      world.store = withoutBank(opened.store);
    });
    afterAll(() => close?.());

    const guarantee: Guarantee = (sentence, run) => {
      if (met.has(sentence)) throw new Error(`two guarantees have the same name: ${sentence}`);
      met.add(sentence);
      const row = skipped.get(sentence);
      test(sentence, (context) => (row === undefined ? run() : context.skip(`without ${row.capability}: ${row.reason}`)));
    };

    describe("keys", () => {
      describeKeys(world, guarantee);
      describeKeyChanges(world, guarantee);
    });
    describe("number of keys", () => describeKeyLimit(world, guarantee));
    describe("child keys", () => describeChildKeys(world, guarantee));
    describe("acting keys", () => describeActingKeys(world, guarantee));
    describe("claims", () => describeClaims(world, guarantee));
    describe("key pairs", () => describeKeyPairs(world, guarantee));
    describe("sealed keys", () => describeSealedKeys(world, guarantee));
    describe("domains", () => describeDomains(world, guarantee));
    describe("lists of keys", () => describeKeyLists(world, guarantee));
    describe("searches for keys", () => describeKeySearches(world, guarantee));
    describe("rotation", () => describeRotation(world, guarantee));
    describe("organizations", () => describeOrganizations(world, guarantee));
    describe("service tokens", () => describeServiceTokens(world, guarantee));
    describe("master secrets", () => describeSecrets(world, guarantee));
    describe("newcomers", () => describeNewcomers(world, guarantee));
    describe("sessions", () => describeSessions(world, guarantee));
    describe("operator's tokens", () => describeOperatorTokens(world, guarantee));
    describe("logins of devices", () => describeDeviceLogins(world, guarantee));
    describe("operator's code", () => describeOperatorCode(world, guarantee));
    describe("use", () => describeUse(world, guarantee));
    describe("refused requests", () => describeRefusals(world, guarantee));
    describe("reports of use", () => describeUsageReports(world, guarantee));
    describe("all or nothing", () => describeAtomicity(world, guarantee));
    describe("races", () => describeRaces(world, guarantee));
    describe("races of members", () => describeMembershipRaces(world, guarantee));
    describe("simulation", () => describeSimulation(world, guarantee));
    // Last, because pruning deletes what the others have left.
    describe("facts, logs and pruning", () => describeFacts(world, guarantee));
  });
}
