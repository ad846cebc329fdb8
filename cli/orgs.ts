/** `keyward orgs`: organizations, their plans and their overrides. */
import { type Command, InvalidArgumentError } from "commander";
import { LIMIT_FIELDS } from "../engine/limit-fields.ts";
import type { Organization } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { EXIT, Failure } from "./failure.ts";
import { type CommonOptions, dryRun, example, given, onServer } from "./options.ts";
import { show } from "./output.ts";
import { showPages } from "./pages.ts";
import { limitsInWords, planTitle } from "./plan-words.ts";
import { ORGANIZATION_FIELDS } from "./record-fields.ts";
import { typedId } from "./typed-id.ts";

const OVERRIDE_NAMES = [...LIMIT_FIELDS, "keys"] as const;

type Override = number | "none" | "plan";
type Overrides = Organization["overrides"];

interface CreateOptions extends CommonOptions {
  readonly plan?: string;
}

interface SetOptions extends CommonOptions, Readonly<Partial<Record<(typeof OVERRIDE_NAMES)[number], Override>>> {
  readonly name?: string;
  readonly plan?: string;
}

export function addOrganizationCommands(program: Command): void {
  const orgs = program.command("orgs").description("organizations: who owns keys");
  orgs.addHelpText("after", example("keyward orgs create Acme --plan pro"));

  onServer(
    orgs
      .command("create")
      .description("create an organization")
      .argument("<NAME>", "its name")
      .option("--plan <P>", "one of the platform's plans; default: its default plan")
      .addOption(dryRun())
      .addHelpText("after", example("keyward orgs create Acme --plan pro")),
    { fields: ORGANIZATION_FIELDS },
  ).action((name: string, options: CreateOptions) =>
    withClient(options, async ({ organizations }) => show(await organizations.create({ name, ...given(options, ["plan"]) }), options)),
  );

  onServer(
    orgs
      .command("list")
      .description("list organizations, newest first")
      .option("--all", "follow every page")
      .addHelpText("after", example("keyward orgs list")),
    { fields: ORGANIZATION_FIELDS },
  ).action((options) =>
    withClient(options, async ({ organizations, platform }) => {
      const { plans } = await platform.get();
      const columns = [
        ["ID", "id"],
        ["PLAN", (organization: Organization) => planTitle(plans, organization)],
        ["LIMITS", (organization: Organization) => limitsInWords(plans, organization)],
        ["CREATED", "createdAt"],
        ["NAME", "name"],
      ] as const;
      await showPages(
        () => organizations.list(),
        () => organizations.listAll(),
        columns,
        options,
      );
    }),
  );

  onServer(
    orgs
      .command("get")
      .description("show an organization")
      .argument("<ID>", "", typedId)
      .addHelpText("after", example("keyward orgs get org_01m7x4yn56vfnkq4925gf9a45e")),
    { fields: ORGANIZATION_FIELDS },
  ).action((id, options) => withClient(options, async ({ organizations }) => show(await organizations.get(id), options)));

  for (const name of ["update", "set"] as const) addUpdateCommand(orgs, name);
}

/** `set` is the name of the first version, which had no --name. */
function addUpdateCommand(orgs: Command, name: "update" | "set"): void {
  const command = orgs
    .command(name)
    .description(
      `change an organization's ${name === "update" ? "name, its plan" : "plan"}, or limits that replace the plan's; in force on the next request`,
    )
    .argument("<ID>", "", typedId)
    .option("--plan <P>", "one of the platform's plans")
    .option("--requests-per-minute <N>", "of each key: a number, none for no limit, plan for the plan's", override)
    .option("--requests-per-day <N>", "of each key", override)
    .option("--concurrent-requests <N>", "of each key", override)
    .option("--keys <N>", "how many active keys it may have", override)
    .addOption(dryRun())
    .addHelpText("after", example(`keyward orgs ${name} org_01m7x4yn56vfnkq4925gf9a45e --requests-per-minute 600 --keys none`));
  if (name === "update") command.option("--name <NAME>", "what it is called");
  onServer(command, { fields: ORGANIZATION_FIELDS }).action((id: string, options: SetOptions) => {
    const changes = given(options, OVERRIDE_NAMES);
    const changesOverrides = Object.keys(changes).length > 0;
    if (!changesOverrides && options.plan === undefined && options.name === undefined)
      throw new Failure("name at least one thing to change", { exitCode: EXIT.usage, next: `see \`keyward orgs ${name} --help\`` });
    return withClient(options, async ({ organizations }) => {
      // The API replaces all overrides by those in the request: the ones that stay have to be sent along.
      const overrides = changesOverrides && { overrides: merge((await organizations.get(id)).overrides, changes) };
      await show(await organizations.update(id, { ...given(options, ["name", "plan"]), ...overrides }), options);
    });
  });
}

/** A number, or a word: commander takes a null for a value that is missing, so it is made of `none` only when it is sent. */
function override(text: string): Override {
  if (text === "none" || text === "plan") return text;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, none or plan.");
  return Number(text);
}

/** `none` means no limit. Without an override, the plan's limit applies. */
function merge(before: Overrides, changes: Readonly<Partial<Record<keyof Overrides, Override>>>): Overrides {
  const merged = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== "plan");
  return Object.fromEntries(merged.map(([name, value]) => [name, value === "none" ? null : value]));
}
