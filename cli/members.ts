/** `keyward members`: who belongs to an organization, and as what. */
import { type Command, Option } from "commander";
import { ROLES } from "../engine/roles.ts";
import type { Member, Role } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { type ConfirmOptions, confirm } from "./confirm.ts";
import { EXIT, Failure } from "./failure.ts";
import { type CommonOptions, dryRun, example, onServer, yes } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
import { MEMBER_FIELDS } from "./record-fields.ts";
import { typedId } from "./typed-id.ts";

const ORG = "org_01m7x4yn56vfnkq4925gf9a45e";
const USER = "usr_01m7x4yn56vfnkq4925gf9a45e";
const COLUMNS = [
  ["USER", ({ user }: Member) => user.id],
  ["ROLE", "role"],
  ["SINCE", "createdAt"],
  ["E-MAIL", ({ user }: Member) => user.email],
  ["NAME", ({ user }: Member) => user.name],
] as const;

interface OfOrganization extends CommonOptions {
  readonly org: string;
}

export function addMemberCommands(program: Command): void {
  const members = program.command("members").description("who belongs to an organization, and as what");
  members.addHelpText("after", example(`keyward members list --org ${ORG}`));

  onServer(
    members
      .command("list")
      .description("list the members of an organization, the oldest membership first")
      .requiredOption("--org <ID>", "the organization", typedId)
      .addHelpText("after", example(`keyward members list --org ${ORG}`)),
    { fields: MEMBER_FIELDS, piped: "json" },
  ).action((options: OfOrganization) =>
    withClient(options, async ({ members: { list } }) => showList(await list(options.org), COLUMNS, options)),
  );

  onServer(
    members
      .command("update")
      .description("change the role of a member; it applies from the next request on")
      .argument("<USER>", "the id of the person", typedId)
      .requiredOption("--org <ID>", "the organization", typedId)
      .addOption(new Option("--role <R>", "the new role").choices(ROLES).makeOptionMandatory())
      .addOption(dryRun())
      .addHelpText("after", example(`keyward members update ${USER} --org ${ORG} --role admin`)),
    { fields: MEMBER_FIELDS, piped: "json" },
  ).action((user: string, options: OfOrganization & { readonly role: Role }) =>
    withClient(options, async ({ members: { changeRole } }) => show(await changeRole(options.org, user, options.role), options)),
  );

  onServer(
    members
      .command("remove")
      .description("remove a member; they can no longer manage the organization, and keys that they created go on working")
      .argument("<USER>", "the id of the person", typedId)
      .requiredOption("--org <ID>", "the organization", typedId)
      .addOption(dryRun())
      .addOption(yes())
      .addHelpText("after", example(`keyward members remove ${USER} --org ${ORG}`)),
    { fields: MEMBER_FIELDS, piped: "json" },
  ).action((userId: string, options: OfOrganization & ConfirmOptions) =>
    withClient(options, async ({ members: { list, remove } }) => {
      const member = (await list(options.org)).data.find(({ user }) => user.id === userId);
      if (member === undefined)
        throw new Failure(`${options.org} has no member ${userId}`, {
          exitCode: EXIT.notFound,
          next: `\`keyward members list --org ${options.org}\` shows them`,
        });
      await confirm({ what: `Remove ${member.user.name} (${member.role}) from ${options.org}` }, options);
      await remove(options.org, userId);
      await show(member, options);
    }),
  );
}
