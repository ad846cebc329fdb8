/** All commands of `keyward`, as one tree. Building it does nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addAuditCommand } from "./audit.ts";
import { addBackupCommand } from "./backup.ts";
import { addCheckCommand } from "./check.ts";
import { addCompletionCommand } from "./completion.ts";
import { addCopyCommand } from "./copy.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addInvitationCommands } from "./invitations.ts";
import { addKeyCommands } from "./keys.ts";
import { addLoginCommands } from "./login.ts";
import { addMcpCommand } from "./mcp/command.ts";
import { addMemberCommands } from "./members.ts";
import { addNodesCommand } from "./nodes.ts";
import { addOpenCommand } from "./open.ts";
import { example } from "./options.ts";
import { addOrganizationCommands } from "./orgs.ts";
import { addPlanCommands } from "./plans.ts";
import { addProfileCommands } from "./profiles.ts";
import { addRefusalCommands } from "./refusals.ts";
import { addRestoreCommand } from "./restore.ts";
import { addSecretCommands } from "./secrets.ts";
import { addServeCommand } from "./serve.ts";
import { addServiceTokenCommands } from "./service-tokens.ts";
import { addSignInCommand } from "./sign-in.ts";
import { addTokenCommand } from "./token.ts";
import { addUsageCommand } from "./usage.ts";
import { addWhoamiCommand } from "./whoami.ts";

const EXIT_CODES =
  "\n\nExit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not authenticated, 10 verify said no.\nMore: keyward help exit-codes, keyward help environment, keyward help output";

export function commandLine(): Command {
  const { version, description } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  const program = new Command("keyward")
    .description(description)
    .version(version, "-v, --version", "print the version")
    .exitOverride()
    // Errors are written below, all in one form.
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", example("keyward keys create --org org_01m7x4yn56vfnkq4925gf9a45e --name backend") + EXIT_CODES);
  addServeCommand(program);
  addOrganizationCommands(program);
  addKeyCommands(program);
  addMemberCommands(program);
  addInvitationCommands(program);
  addPlanCommands(program);
  addAuditCommand(program);
  addRefusalCommands(program);
  addUsageCommand(program);
  addLoginCommands(program);
  addProfileCommands(program);
  addWhoamiCommand(program);
  addOpenCommand(program);
  addCompletionCommand(program);
  addSignInCommand(program);
  addTokenCommand(program);
  addServiceTokenCommands(program);
  addNodesCommand(program);
  addDoctorCommand(program);
  addMcpCommand(program, version);
  addBackupCommand(program);
  addRestoreCommand(program);
  addCheckCommand(program);
  addCopyCommand(program);
  addSecretCommands(program);
  return program;
}
