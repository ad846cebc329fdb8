/** The packages that are published, and what each of them is made of. */

export interface PublishedPackage {
  readonly name: string;
  readonly description: string;
  /** Relative to the project, of the text that npm shows. */
  readonly readme: string;
  /** What others may import: subpaths and the sources behind them. */
  readonly exports: Readonly<Record<string, string>>;
  /** Sources that are run and not imported: commands, workers. */
  readonly programs: readonly string[];
  /** Installed beside the package: names in the project's own `dependencies`, with the versions there. */
  readonly dependencies: readonly string[];
  /** Put into the package: of a large library the little that is used. */
  readonly bundled: readonly string[];
  /** What an application brings itself, if it uses the part that needs it. */
  readonly optional: Readonly<Record<string, string>>;
  /** Where its code runs. */
  readonly runsIn: "node" | "anywhere";
  readonly bin?: Readonly<Record<string, string>>;
  /** Whether the built dashboard is part of it. */
  readonly hasDashboard?: boolean;
  /** The documentation that the server shows: patterns of files, relative to the project, put into `manual/`. */
  readonly manual?: readonly string[];
  /** Files that operators take, such as the unit of systemd: put into the package as they are. */
  readonly deploy?: readonly string[];
}

const ADAPTERS = Object.fromEntries(["express", "fastify", "fetch", "hono", "node"].map((name) => [`./${name}`, `adapters/${name}.ts`]));
const FRAMEWORKS = { express: ">=5", fastify: ">=5", hono: ">=4" };
const CHOSEN_KEYS = { "@zxcvbn-ts/core": "^4", "@zxcvbn-ts/language-common": "^4" };
const POSTGRES = { pg: "^8.11" };
/** Ten megabytes, for those who send traces. */
const TRACES = {
  "@opentelemetry/api": "^1.10.0",
  "@opentelemetry/core": "^3.1.1",
  "@opentelemetry/exporter-trace-otlp-proto": "^0.301.1",
  "@opentelemetry/resources": "^3.1.1",
  "@opentelemetry/sdk-trace": "^3.1.1",
};
const WORKER = "stores/sqlite/worker.ts";
/** A thread of a server with several. */
const SERVING_THREAD = "threads/worker.ts";

export function publishedPackages(dependencies: readonly string[], examples: readonly string[]): readonly PublishedPackage[] {
  return [
    {
      name: "keyward",
      description: "A self-hosted API-key system: server, dashboard and command line.",
      readme: "packaging/keyward.md",
      exports: { "./platforms": "platforms/index.ts" },
      programs: ["cli/main.ts", WORKER, SERVING_THREAD, ...examples],
      dependencies,
      bundled: [],
      optional: TRACES,
      runsIn: "node",
      bin: { keyward: "bin/keyward.js" },
      hasDashboard: true,
      manual: ["*.md", "docs/**/*.md", "sdk/README.md"],
      deploy: ["deploy/**/*.{service,yaml,json}", "deploy/Dockerfile"],
    },
    {
      name: "@keyward/core",
      description:
        "API keys in your own process: issue, verify, limit, rotate and revoke them, and protect the routes of your application.",
      readme: "packaging/core.md",
      exports: {
        ".": "index.ts",
        "./platforms": "platforms/index.ts",
        "./postgres": "stores/postgres/open.ts",
        "./sqlite": "stores/sqlite/open.ts",
        ...ADAPTERS,
      },
      programs: [WORKER],
      dependencies: [],
      // Together they would take 11 MB, of which 300 KB are used.
      bundled: ["kysely", "kysely/migration", "tldts"],
      optional: { ...FRAMEWORKS, ...CHOSEN_KEYS, ...POSTGRES },
      runsIn: "node",
    },
    {
      name: "@keyward/sdk",
      description: "Keyward for your application: protect its routes, and the typed client of the management API. No dependencies.",
      readme: "sdk/README.md",
      exports: { ".": "sdk/index.ts", ...ADAPTERS },
      programs: [],
      dependencies: [],
      bundled: [],
      optional: FRAMEWORKS,
      runsIn: "anywhere",
    },
  ];
}
