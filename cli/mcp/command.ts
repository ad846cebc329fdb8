/** `keyward mcp`: the management API as tools for an agent, in the Model Context Protocol on standard input and output. */
import { join } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Command } from "commander";
import type { z } from "zod";
import { withClient } from "../client.ts";
import { stateDirectory } from "../environment.ts";
import { Failure } from "../failure.ts";
import type { ServerOptions } from "../find-server.ts";
import { example, onServer } from "../options.ts";
import type { Tool } from "./tools.ts";

interface McpOptions extends ServerOptions {
  readonly secrets: string;
}

const INSTRUCTIONS =
  "Keyward manages API keys. Secrets are never part of this conversation: a new key is written to a file, and the result has its path. " +
  "Never ask a person for a key, and never read such a file; tell the person where it is, or put the path where a program needs it. " +
  "Before a key is rotated, disabled or revoked, look at it with get_key and let the person confirm.";

export function addMcpCommand(program: Command, version: string): void {
  const command = program
    .command("mcp")
    .description("serve the management API as tools for an agent (Model Context Protocol, on standard input and output)")
    .option("--secrets <DIR>", "the directory that new keys are written to", join(stateDirectory(), "keyward/secrets"))
    .addHelpText("after", example("claude mcp add keyward -- keyward mcp --data /var/lib/keyward"));
  onServer(command, { json: false }).action((options: McpOptions) => serve(options, version));
}

/** Runs until standard input ends. Loads the protocol's library here: no other command needs it. */
async function serve(options: McpOptions, version: string): Promise<void> {
  const { McpServer } = await import("@modelcontextprotocol/server");
  const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
  const { TOOLS } = await import("./tools.ts");
  serveStdio(() => {
    const server = new McpServer({ name: "keyward", title: "Keyward", version }, { instructions: INSTRUCTIONS });
    for (const tool of TOOLS) {
      const { name, title, description, input, effect } = tool;
      const annotations = { title, readOnlyHint: effect === "reads", destructiveHint: effect === "destroys", openWorldHint: false };
      server.registerTool(name, { title, description, inputSchema: input, annotations }, (given) => call(tool, given, options));
    }
    return server;
  });
}

/** The server is looked for at every call: one that was restarted has another address and token. */
async function call(tool: Tool, input: z.output<Tool["input"]>, options: McpOptions): Promise<CallToolResult> {
  try {
    let result: object = {};
    await withClient(options, async (client) => {
      result = await tool.run(input, { client, secrets: options.secrets });
    });
    return { content: [{ type: "text", text: JSON.stringify(result, null, 2) }] };
  } catch (error) {
    return { isError: true, content: [{ type: "text", text: sentenceOf(error) }] };
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Failure)) return error instanceof Error ? error.message : String(error);
  return error.next === undefined ? error.message : `${error.message}; ${error.next}`;
}
