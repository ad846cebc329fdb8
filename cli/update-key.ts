/** `keyward keys update`: changes settings of a key; what is not named stays. */
import { type Command, Option } from "commander";
import { LIMIT_FIELDS } from "../engine/limit-fields.ts";
import type { KeyChanges } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { EXIT, Failure } from "./failure.ts";
import { organizationOf } from "./key-by-id.ts";
import { numberOrNone, withNull } from "./limit-option.ts";
import { type CommonOptions, dryRun, example, given, list, onServer } from "./options.ts";
import { show } from "./output.ts";
import { KEY_FIELDS } from "./record-fields.ts";
import { typedId } from "./typed-id.ts";

interface UpdateOptions extends CommonOptions, Readonly<Partial<Record<(typeof LIMIT_FIELDS)[number], number | "none">>> {
  readonly name?: string;
  readonly domains?: string[];
  readonly resources?: string[];
  readonly scopes?: string[];
  readonly expiresIn?: string;
  readonly expiresAt?: string;
}

export function addUpdateCommand(keys: Command): void {
  onServer(
    keys
      .command("update")
      .description("change settings of an API key; what is not named stays. In force on the next request")
      .argument("<ID>", "the key's id, not the key", typedId)
      .option("--name <NAME>", 'what people call it; "" for no name')
      .option("--domains <A,B>", "the domains from which it may be used, on platforms that have them", list)
      .option("--resources <A,B>", "what it is restricted to; none for no restriction", list)
      .option("--scopes <A,B>", 'what it may do; "" for nothing', list)
      .option("--expires-in <90d>", "how long it works from now: a number of s, m, h or d")
      .addOption(new Option("--expires-at <T>", "when it ends, such as 2027-01-31T12:00:00Z; none for never").conflicts("expiresIn"))
      .option("--requests-per-minute <N>", "a limit of this key's own; none for the plan's alone", numberOrNone)
      .option("--requests-per-day <N>", "the same, per day", numberOrNone)
      .option("--concurrent-requests <N>", "the same, at one time", numberOrNone)
      .addOption(dryRun())
      .addHelpText("after", example("keyward keys update key_01m7x4yn56vfnkq4925gf9a45e --name backend --requests-per-minute 600")),
    { fields: KEY_FIELDS },
  ).action((id: string, options: UpdateOptions) => {
    const changes = changesOf(options);
    if (Object.keys(changes).length === 0)
      throw new Failure("name at least one thing to change", { exitCode: EXIT.usage, next: "see `keyward keys update --help`" });
    return withClient(options, async ({ keys: { find, update } }) => {
      const key = await find(id);
      await show(await update(organizationOf(key), key.id, changes), options);
    });
  });
}

function changesOf(options: UpdateOptions): KeyChanges {
  const { name, resources, expiresAt } = options;
  const limits = Object.entries(given(options, LIMIT_FIELDS)).map(([limit, value]) => [limit, withNull(value)]);
  return {
    ...given(options, ["domains", "scopes", "expiresIn"]),
    ...(name !== undefined && { name: name === "" ? null : name }),
    ...(resources !== undefined && { resources: resources.join() === "none" ? null : resources }),
    ...(expiresAt !== undefined && { expiresAt: withNull(expiresAt) }),
    ...(limits.length > 0 && { limits: Object.fromEntries(limits) }),
  };
}
