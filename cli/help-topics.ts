/** `keyward help TOPIC`: what concerns all commands. */
import { EXIT } from "./failure.ts";

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "it was done; of `keys verify`, the request may pass",
  error: "it was not done; standard error says why, and what to try",
  usage: "the command was not understood; nothing was sent",
  notFound: "there is no such key, organization or other record",
  notAuthenticated: "the token is missing, not accepted, or may not do this",
  refused: "`keys verify` said no: the verdict is on standard output",
};

const exitCodes = Object.entries(EXIT)
  .map(([name, code]) => `  ${String(code).padStart(2)}  ${MEANINGS[name as keyof typeof EXIT]}`)
  .join("\n");

export const TOPICS: Readonly<Record<string, string>> = {
  "exit-codes": `Exit codes. Scripts may rely on their meanings.\n\n${exitCodes}`,

  environment: `Environment variables. An option goes before a variable.

  KEYWARD_URL       the address of a server elsewhere, as --url; it goes before KEYWARD_DATA
  KEYWARD_PROFILE   a Keyward that you have signed in to, as --profile
  KEYWARD_TOKEN     the token for a server elsewhere
  KEYWARD_DATA      the data directory of the server on this machine, as --data; default ./data
  KEYWARD_OUTPUT    json or table: what commands print when their output is no terminal
  NO_COLOR          no colours`,

  output: `Output. Results go to standard output, everything else to standard error.

  At a terminal, commands print text: aligned, in colour, with times such as "3 minutes ago".
  Otherwise the commands keys, orgs, service-tokens, sign-in and token print the same text, plain, as they always have, and all
  others print JSON. KEYWARD_OUTPUT=json makes all of them print JSON, and KEYWARD_OUTPUT=table text.

  --json            the document of the management API
  --json id,name    these fields of it; limits.requestsPerDay is a field of a field
  --quiet           no notes; errors are still told
  --secret-only     of a command that shows a secret once: the secret alone
  --dry-run         of a command that changes something: what it would send`,
};
