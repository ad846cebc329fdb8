/** `keyward explain`, `keyward refusals` and `keyward keys refusals`: why requests were refused. */
import type { Command } from "commander";
import { everyPage } from "../sdk/every-page.ts";
import type { RefusedRequest } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { organizationOf } from "./key-by-id.ts";
import { type CommonOptions, example, onServer } from "./options.ts";
import { show } from "./output.ts";
import { type ListOptions, showList, showPages } from "./pages.ts";
import { REFUSAL_FIELDS } from "./record-fields.ts";
import { plain } from "./table.ts";
import { typedId } from "./typed-id.ts";
import { refuseKey, typedRequestId } from "./typed-request-id.ts";

/** As the server keeps them: one page. */
const MOST_OF_A_KEY = 100;
const REQUEST = "req_0f1e2d3c4b5a69788796a5b4";
const COLUMNS = [
  ["AT", "at"],
  ["REASON", "reason"],
  ["REQUEST", ({ method, path, surface }: RefusedRequest) => (path === null ? surface : `${method} ${path}`)],
  ["FROM", ({ address }: RefusedRequest) => address ?? "-"],
  ["REQUEST ID", "requestId"],
  ["MORE", "more"],
] as const;

type PageOptions = CommonOptions & ListOptions;

export function addKeyRefusalsCommand(keys: Command): void {
  onServer(
    keys
      .command("refusals")
      .description("show the requests with an API key that were refused within the last day, newest first")
      .argument("<ID>", "the key's id, not the key", typedId)
      .addHelpText("after", example("keyward keys refusals key_01m7x4yn56vfnkq4925gf9a45e")),
    { fields: REFUSAL_FIELDS, piped: "json" },
  ).action((id: string, options: CommonOptions) =>
    withClient(options, async ({ keys: { find }, refusals }) => {
      const key = await find(id);
      await showList(await refusals.ofKey(organizationOf(key), key.id, { limit: MOST_OF_A_KEY }), COLUMNS, options);
    }),
  );
}

export function addRefusalCommands(program: Command): void {
  onServer(
    program
      .command("explain")
      .description("say why a request was refused, and what to do; a response has the id of its request in X-Request-Id")
      .argument("<REQUEST_ID>", "the id of the request", typedRequestId)
      .addHelpText("after", example(`keyward explain ${REQUEST}`)),
    { fields: ["data"], piped: "json" },
  ).action((requestId: string, options: CommonOptions) =>
    withClient(options, async ({ platform, refusals }) => {
      await refuseKey(requestId, () => platform.get());
      await show(await refusals.explain(requestId), options, ({ data }) => data.map(story).join("\n\n"));
    }),
  );

  onServer(
    program
      .command("refusals")
      .description("show the requests that were refused within the last day, newest first")
      .option("--org <ID>", "with keys of this organization; without it, those that belong to none, for the operator", typedId)
      .option("--all", "follow every page")
      .addHelpText("after", example("keyward refusals --org org_01m7x4yn56vfnkq4925gf9a45e")),
    { fields: REFUSAL_FIELDS, piped: "json" },
  ).action((options: PageOptions & { readonly org?: string }) =>
    withClient(options, async ({ refusals }) => {
      const { org } = options;
      const read = (page?: { readonly limit: number }) => (org === undefined ? refusals.ofNobody(page) : refusals.list(org, page));
      await showPages(
        () => read(),
        () => everyPage(read),
        COLUMNS,
        options,
      );
    }),
  );
}

/** One refusal in sentences. */
function story({ at, surface, method, path, address, keyId, explanation, advice, more }: RefusedRequest): string {
  const what = path === null ? `a request judged by ${surface}` : `${method} ${path} (${surface})`;
  const whose = keyId === null ? "" : `, with the key ${keyId}`;
  const others = more === 0 ? [] : [`${more} more like it followed at once.`];
  return [`${at}: ${what}${address === null ? "" : ` from ${address}`}${whose}`, explanation, advice, ...others].map(plain).join("\n");
}
