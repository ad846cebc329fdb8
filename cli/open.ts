/** `keyward open`: the dashboard in the browser. */
import type { Command } from "commander";
import type { KeywardClient } from "../sdk/index.ts";
import { openInBrowser } from "./browser.ts";
import { withClient } from "./client.ts";
import type { ServerOptions } from "./find-server.ts";
import { organizationOf } from "./key-by-id.ts";
import { example, onServer } from "./options.ts";
import { note, print } from "./output.ts";
import { typedId } from "./typed-id.ts";

interface OpenOptions extends ServerOptions {
  readonly org?: string;
  readonly key?: string;
}

export function addOpenCommand(program: Command): void {
  onServer(
    program
      .command("open")
      .description("open the dashboard in the browser; where no terminal is, print its address")
      .option("--org <ID>", "the page of an organization's keys", typedId)
      .option("--key <ID>", "the page of a key", typedId)
      .addHelpText("after", example("keyward open --key key_01m7x4yn56vfnkq4925gf9a45e")),
    { json: false },
  ).action((options: OpenOptions) =>
    withClient(options, async (client, { url }) => {
      const address = url + (await pageOf(client, options));
      const isOpen = process.stdout.isTTY && (await openInBrowser(address));
      if (isOpen) note(`opened ${address}`);
      else await print(address);
    }),
  );
}

/** The path of the page. @throws what looking up the key throws */
async function pageOf({ keys }: KeywardClient, { org, key }: OpenOptions): Promise<string> {
  const owner = key === undefined ? org : organizationOf(await keys.find(key));
  if (owner === undefined) return "/keyward/";
  const list = `/org/${encodeURIComponent(owner)}/settings/api-keys`;
  return key === undefined ? list : `${list}/${encodeURIComponent(key)}`;
}
