/** `keyward invitations`: links that make somebody a member of an organization, once, within seven days. */
import { type Command, Option } from "commander";
import { ROLES } from "../engine/roles.ts";
import type { Role } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { type ConfirmOptions, confirm } from "./confirm.ts";
import { EXIT, Failure } from "./failure.ts";
import { type CommonOptions, dryRun, example, given, onServer, secretOnly, yes } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
import { INVITATION_FIELDS, NEW_INVITATION_FIELDS } from "./record-fields.ts";
import { type ShownOnceOptions, showOnce } from "./shown-once.ts";
import { typedId } from "./typed-id.ts";

const ORG = "org_01m7x4yn56vfnkq4925gf9a45e";
const COLUMNS = [
  ["ID", "id"],
  ["ROLE", "role"],
  ["CREATED", "createdAt"],
  ["EXPIRES", "expiresAt"],
  ["FOR", "note"],
] as const;

interface OfOrganization extends CommonOptions {
  readonly org: string;
}

interface CreateOptions extends OfOrganization, ShownOnceOptions {
  readonly role: Role;
  readonly note?: string;
}

export function addInvitationCommands(program: Command): void {
  const invitations = program.command("invitations").description("links that make somebody a member of an organization");
  invitations.addHelpText("after", example(`keyward invitations create --org ${ORG} --role member --note ada@example.com`));

  onServer(
    invitations
      .command("create")
      .description("create an invitation; its link is shown this once, works once, and expires after seven days")
      .requiredOption("--org <ID>", "the organization", typedId)
      .addOption(new Option("--role <R>", "what the person will be").choices(ROLES).makeOptionMandatory())
      .option("--note <FOR>", "for whom it is meant, as a reminder")
      .addOption(secretOnly())
      .addOption(dryRun())
      .addHelpText("after", example(`keyward invitations create --org ${ORG} --role member --note ada@example.com`)),
    { fields: NEW_INVITATION_FIELDS, piped: "json" },
  ).action((options: CreateOptions) =>
    withClient(options, async ({ invitations: { create } }) =>
      showOnce(await create(options.org, { role: options.role, ...given(options, ["note"]) }), options),
    ),
  );

  onServer(
    invitations
      .command("list")
      .description("list the invitations that can still be accepted, newest first")
      .requiredOption("--org <ID>", "the organization", typedId)
      .addHelpText("after", example(`keyward invitations list --org ${ORG}`)),
    { fields: INVITATION_FIELDS, piped: "json" },
  ).action((options: OfOrganization) =>
    withClient(options, async ({ invitations: { list } }) => showList(await list(options.org), COLUMNS, options)),
  );

  onServer(
    invitations
      .command("revoke")
      .description("withdraw an invitation: its link is refused from now on")
      .argument("<ID>", "the invitation's id", typedId)
      .requiredOption("--org <ID>", "the organization", typedId)
      .addOption(dryRun())
      .addOption(yes())
      .addHelpText("after", example(`keyward invitations revoke inv_01m7x4yn56vfnkq4925gf9a45e --org ${ORG}`)),
    { fields: INVITATION_FIELDS, piped: "json" },
  ).action((id: string, options: OfOrganization & ConfirmOptions) =>
    withClient(options, async ({ invitations: { list, revoke } }) => {
      const invitation = (await list(options.org)).data.find((each) => each.id === id);
      if (invitation === undefined)
        throw new Failure(`${options.org} has no open invitation ${id}`, {
          exitCode: EXIT.notFound,
          next: `\`keyward invitations list --org ${options.org}\` shows them`,
        });
      await confirm({ what: `Withdraw the invitation for ${invitation.note ?? id} (${invitation.role})` }, options);
      await revoke(options.org, id);
      await show(invitation, options);
    }),
  );
}
