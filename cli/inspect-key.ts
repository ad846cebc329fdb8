/** `keyward keys limits`, `test`, `show` and `claim`: what is asked less often of a key. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { EXIT } from "./failure.ts";
import { organizationOf } from "./key-by-id.ts";
import { DASH, readKey, refuseArgument } from "./key-from-input.ts";
import { type CommonOptions, dryRun, example, given, list, onServer, secretOnly } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
import { KEY_FIELDS, KEY_LIMIT_FIELDS, TESTED_FIELDS } from "./record-fields.ts";
import { type ShownOnceOptions, showOnce } from "./shown-once.ts";
import { typedId } from "./typed-id.ts";

const EXAMPLE_ID = "key_01m7x4yn56vfnkq4925gf9a45e";
const ORG = "org_01m7x4yn56vfnkq4925gf9a45e";
const LIMIT_COLUMNS = [
  ["LIMIT", "name"],
  ["OF", "limit"],
  ["REMAINING", "remaining"],
  ["RESETS IN (S)", "resetSeconds"],
  ["FROM", "from"],
] as const;

interface TestOptions extends CommonOptions {
  readonly scopes?: string[];
  readonly origin?: string;
}

export function addInspectionCommands(keys: Command): void {
  onServer(
    keys
      .command("limits")
      .description("show how close an API key is to its limits now, and where each limit comes from")
      .argument("<ID>", "the key's id, not the key", typedId)
      .addHelpText("after", example(`keyward keys limits ${EXAMPLE_ID}`)),
    { fields: KEY_LIMIT_FIELDS, piped: "json" },
  ).action((id: string, options: CommonOptions) =>
    withClient(options, async ({ keys: { find, limits } }) => {
      const key = await find(id);
      await showList(await limits(organizationOf(key), key.id), LIMIT_COLUMNS, options);
    }),
  );

  onServer(
    keys
      .command("test")
      .description("show the verdict that a request with a key would get now; it counts as no request. Exit code 10: it may not pass")
      .argument("<ID>", "the id of the key whose page this is", typedId)
      .argument("<->", DASH)
      .option("--scopes <A,B>", "the scopes that the request needs", list)
      .option("--origin <O>", "the Origin header of the request")
      .addHelpText("after", example(`printf %s "$KEY" | keyward keys test ${EXAMPLE_ID} - --scopes agents:read`)),
    { fields: TESTED_FIELDS, piped: "json" },
  ).action((id: string, dash: string, options: TestOptions) => {
    refuseArgument(dash, "test ID");
    return withClient(options, async ({ keys: { find, test } }) => {
      const key = await find(id);
      const credential = await readKey("test ID");
      const tested = await test(organizationOf(key), key.id, { credential, ...given(options, ["scopes", "origin"]) });
      await show(tested, options);
      if (tested.code !== "valid") process.exitCode = EXIT.refused;
    });
  });

  onServer(
    keys
      .command("show")
      .description("show an API key again, on platforms that keep keys encrypted; the audit log records it")
      .argument("<ID>", "the key's id, not the key", typedId)
      .addOption(secretOnly())
      .addOption(dryRun())
      .addHelpText("after", example("keyward keys show 0195e4a1-7f3c-7b2a-9c1d-3e5f7a9b1c2d --secret-only")),
    { fields: ["id", "key"], piped: "json" },
  ).action((id: string, options: CommonOptions & ShownOnceOptions) =>
    withClient(options, async ({ keys: { find, show: showAgain } }) => {
      const key = await find(id);
      const shown = await showAgain(organizationOf(key), key.id);
      await (options.secretOnly === true ? showOnce(shown, options) : show(shown, options));
    }),
  );

  onServer(
    keys
      .command("claim")
      .description("claim an unclaimed API key for an organization, on platforms that have these")
      .argument("<->", DASH)
      .requiredOption("--org <ID>", "the organization", typedId)
      .addHelpText("after", example(`printf %s "$KEY" | keyward keys claim - --org ${ORG}`)),
    { fields: KEY_FIELDS, piped: "json" },
  ).action((dash: string, options: CommonOptions & { readonly org: string }) => {
    refuseArgument(dash, "claim");
    return withClient(options, async ({ keys: { claim } }) => show(await claim(options.org, await readKey("claim")), options));
  });
}
