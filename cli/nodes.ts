/** `keyward nodes`: the processes that share a database. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { example, onServer } from "./options.ts";
import { note } from "./output.ts";
import { showList } from "./pages.ts";
import { NODE_FIELDS } from "./record-fields.ts";

const COLUMNS = [
  ["ID", "id"],
  ["LEASE", ({ leaseSeconds }: { leaseSeconds: number }) => (leaseSeconds === 0 ? "none" : `${leaseSeconds} s`)],
  ["LAG", "lag"],
  ["PER SECOND", "verificationsPerSecond"],
  ["STARTED", "startedAt"],
  ["VERSION", "version"],
  ["HOST", "host"],
  ["URL", "url"],
] as const;

export function addNodesCommand(program: Command): void {
  onServer(
    program
      .command("nodes")
      .description("list the processes that share the database: lease, changes not yet acknowledged, verifications a second")
      .addHelpText("after", example("keyward nodes")),
    { fields: NODE_FIELDS, piped: "json" },
  ).action((options) =>
    withClient(options, async ({ nodes }) => {
      const list = await nodes.list();
      await showList(list, COLUMNS, options);
      if (list.data.length === 0) note("the embedded database has one process, and no nodes", options);
    }),
  );
}
