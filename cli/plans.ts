/** `keyward plans`: the platform's plans, and what an organization's plan grants it. */
import type { Command } from "commander";
import { LIMIT_FIELDS, type LimitField } from "../engine/limit-fields.ts";
import type { PlatformDescription } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { type CommonOptions, example, onServer } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
import { limitsInWords } from "./plan-words.ts";
import { GRANTED_PLAN_FIELDS } from "./record-fields.ts";
import { typedId } from "./typed-id.ts";

type OfferedPlan = { readonly name: string; readonly isDefault: boolean } & PlatformDescription["plans"][string];

const OFFERED_FIELDS = ["name", "isDefault", "title", ...LIMIT_FIELDS, "keys", "customLimits"] satisfies (keyof OfferedPlan | LimitField)[];

export function addPlanCommands(program: Command): void {
  const plans = program.command("plans").description("the platform's plans, and what an organization's plan grants it");
  plans.addHelpText("after", example("keyward plans list"));

  onServer(
    plans
      .command("list")
      .description("list the plans of the platform, with the limits of each key and the number of keys")
      .addHelpText("after", example("keyward plans list")),
    { fields: OFFERED_FIELDS, piped: "json" },
  ).action((options: CommonOptions) =>
    withClient(options, async ({ platform }) => {
      const { plans: offered, defaultPlan } = await platform.get();
      const data = Object.entries(offered).map(([name, plan]): OfferedPlan => ({ name, isDefault: name === defaultPlan, ...plan }));
      const columns = [
        ["NAME", "name"],
        ["DEFAULT", ({ isDefault }: OfferedPlan) => (isDefault ? "yes" : "")],
        ["LIMITS OF A KEY", ({ name }: OfferedPlan) => limitsInWords(offered, { plan: name, overrides: {} })],
        ["KEYS", ({ keys }: OfferedPlan) => keys ?? "none"],
        ["TITLE", "title"],
      ] as const;
      await showList({ data }, columns, options);
    }),
  );

  onServer(
    plans
      .command("get")
      .description("show what an organization's plan grants it, and how many keys it has")
      .requiredOption("--org <ID>", "the organization", typedId)
      .addHelpText("after", example("keyward plans get --org org_01m7x4yn56vfnkq4925gf9a45e")),
    { fields: GRANTED_PLAN_FIELDS, piped: "json" },
  ).action((options: CommonOptions & { readonly org: string }) =>
    withClient(options, async ({ organizations }) => show(await organizations.plan(options.org), options)),
  );
}
