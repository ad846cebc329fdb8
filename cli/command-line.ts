/** All commands of `keyward`, as one tree. Building it does nothing. */
import type { Command } from "commander";
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
import { addOrganizationCommands } from "./orgs.ts";
import { addPlanCommands } from "./plans.ts";
import { addProfileCommands } from "./profiles.ts";
import { emptyProgram } from "./program.ts";
import { addRefusalCommands } from "./refusals.ts";
import { addRestoreCommand } from "./restore.ts";
import { addSecretCommands } from "./secrets.ts";
import { addServeCommand } from "./serve.ts";
import { addServiceTokenCommands } from "./service-tokens.ts";
import { addSignInCommand } from "./sign-in.ts";
import { addTokenCommand } from "./token.ts";
import { addUsageCommand } from "./usage.ts";
import { addWhoamiCommand } from "./whoami.ts";

/** The program with every command. */
export function commandLine(): Command {
  const program = emptyProgram();
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
  addMcpCommand(program, program.version() ?? "");
  addBackupCommand(program);
  addRestoreCommand(program);
  addCheckCommand(program);
  addCopyCommand(program);
  addSecretCommands(program);
  return program;
}
