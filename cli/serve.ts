/** `keyward serve`: the server itself, in this process. */
import { constants } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { defaultData, defaultPlatform, defaultPort, isUnderNpm, portNumber } from "./environment.ts";
import { startExample } from "./example.ts";
import { EXIT } from "./failure.ts";
import { example } from "./options.ts";
import { note, print } from "./output.ts";
import { tellSupervisor } from "./supervisor.ts";

const PARENT_LOOKED_AT_EVERY_MS = 500;
/** Ctrl-C reaches this process from the terminal and, under npm, once more from npm: within this time the two are one. */
const SAME_SIGNAL_MS = 1_000;

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("run the server")
    .option(
      "--platform <NAME|FILE>",
      "whose keys it serves: a platform that Keyward knows, or a file that exports one (env: KEYWARD_PLATFORM; default: keyward)",
    )
    .option("--port <N>", "0 for any free port (env: PORT; default: 4000)", portNumber)
    .option("--host <H>", "the address that it listens on", "127.0.0.1")
    .option("--data <DIR>", "where its database is; made if it is missing (env: KEYWARD_DATA; default: ./data)")
    .addOption(new Option("--environment <E>", "serve the keys of one environment alone").choices(["live", "test"]))
    .option("--threads <N>", "how many threads serve (env: KEYWARD_THREADS; default: one for each core of the machine but one)")
    .option(
      "--upstream <[/PATH=]URL>",
      "the platform's own API: every other request goes there, once its key has been accepted; may be given once for each PATH",
      (value: string, earlier: readonly string[]) => [...earlier, value],
      [],
    )
    .addOption(
      new Option("--example", "put the platform's example API behind it, with its data in DIR/example: a whole system to try").conflicts(
        "upstream",
      ),
    )
    .addHelpText("after", example("keyward serve --port 4000 --data ./data --upstream http://127.0.0.1:3000"))
    .action(async (options) => {
      const end = endOfWork({ isUnderNpm: isUnderNpm() });
      const port: number = options.port ?? defaultPort();
      const platform: string = options.platform ?? defaultPlatform();
      const dataDirectory: string = options.data ?? defaultData() ?? "./data";
      await using opened = new AsyncDisposableStack();
      const behind = options.example === true ? await startExample(platform, join(dataDirectory, "example")) : undefined;
      if (behind !== undefined) opened.defer(() => behind.close());
      const { ensureBuilt } = await import("../dashboard/ensure-built.ts");
      const building = new AbortController();
      void end.then(() => building.abort());
      const dashboardDirectory = await ensureBuilt({ project: join(import.meta.dirname, ".."), say: note, signal: building.signal });
      const { serve } = await import("../server.ts");
      const serving = await serve({
        platform,
        port,
        host: options.host,
        dataDirectory,
        environment: options.environment,
        threads: options.threads,
        upstreams: behind === undefined ? options.upstream : [behind.url],
        dashboardDirectory,
      });
      // The reader of this line may be gone: the server serves all the same.
      await print(`listening on ${serving.url}`).catch(() => undefined);
      await tellSupervisor("READY=1");
      await end;
      await Promise.all([tellSupervisor("STOPPING=1"), serving.stop()]);
      await opened.disposeAsync();
      process.exit(EXIT.ok);
    });
}

/** Resolves when the server is to stop: on the first SIGTERM or SIGINT, or when the npm that started it is gone. A second signal ends the process at once. */
function endOfWork({ isUnderNpm }: { readonly isUnderNpm: boolean }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        resolve();
      } else if (!isUnderNpm || now - firstAt > SAME_SIGNAL_MS) process.exit(128 + constants.signals[signal]);
    });
  }
  // A killed npm passes nothing on, and would leave a server behind that holds the port and the data directory.
  const parent = process.ppid;
  if (isUnderNpm) setInterval(() => process.ppid !== parent && resolve(), PARENT_LOOKED_AT_EVERY_MS).unref();
  return promise;
}
