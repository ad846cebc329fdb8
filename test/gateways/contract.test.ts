/**
 * Traefik, ingress-nginx and APISIX by contract: each asks as its source and documentation say, with the lists of headers from the guide's text, and
 * does with the response what they say. The programs themselves cannot be installed by everybody who runs the tests.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { definePlatform, keyward } from "../../platforms/index.ts";
import { type InProcess, inProcess } from "../http/in-process.ts";
import { type RawResponse, sendRaw } from "../http/raw-http.ts";
import { configurationOf } from "./scene.ts";

const PATH = "/keyward/v1/forward-auth";
const IDENTITY = ["Key-Id", "Organization-Id", "Environment", "Scopes", "Agent"].map((name) => `X-Keyward-${name}`);
const HOP_BY_HOP = ["connection", "keep-alive", "upgrade", "te", "trailer", "transfer-encoding", "proxy-connection"];

type Line = readonly [name: string, value: string];

/** What a client sends to the gateway. */
interface ClientRequest {
  readonly method: string;
  readonly target: string;
  readonly lines: readonly Line[];
}

interface Contract {
  readonly heading: string;
  /** The headers that it copies to the API, in its own way. */
  copied(configuration: string): string[];
  /** The method, and the lines that it sends to Keyward. */
  asks(request: ClientRequest, configuration: string): Line[];
  /** Whether the response lets the request pass. */
  allows(status: number): boolean;
  /** What the client gets of a refusal. */
  refuses(status: number): number;
}

/** As one of Go's or nginx's proxies sets a header: whatever stood there is gone. */
function set(lines: readonly Line[], values: readonly Line[]): Line[] {
  const names = values.map(([name]) => name.toLowerCase());
  return [...lines.filter(([name]) => !names.includes(name.toLowerCase())), ...values];
}

const withoutHops = (lines: readonly Line[]) => lines.filter(([name]) => !HOP_BY_HOP.includes(name.toLowerCase()));

const CONTRACTS: readonly Contract[] = [
  {
    heading: "Traefik",
    copied: (text) => (/authResponseHeaders:\n((?: +- \S+\n)+)/.exec(text)?.[1] ?? "").match(/X-\S+/g) ?? [],
    asks: ({ method, target, lines }) =>
      set(withoutHops(lines), [
        ["X-Forwarded-Method", method],
        ["X-Forwarded-Proto", "http"],
        ["X-Forwarded-Host", "api.example.com"],
        ["X-Forwarded-Uri", target],
        ["X-Forwarded-For", "192.0.2.7"],
      ]),
    allows: (status) => status >= 200 && status < 300,
    refuses: (status) => status,
  },
  {
    heading: "ingress-nginx",
    copied: (text) => (/auth-response-headers: (\S+)/.exec(text)?.[1] ?? "").split(","),
    // nginx drops names with anything but letters, digits and hyphens.
    asks: ({ method, target, lines }) =>
      set(
        withoutHops(lines).filter(([name]) => /^[\w-]+$/.test(name) && !name.includes("_") && !/^x-forwarded-proto$/i.test(name)),
        [
          ["X-Original-URL", `http://api.example.com${target}`],
          ["X-Original-Method", method],
          ["X-Sent-From", "nginx-ingress-controller"],
          ["X-Real-IP", "192.0.2.7"],
          ["X-Forwarded-For", "192.0.2.7"],
          ["X-Auth-Request-Redirect", target],
        ],
      ),
    allows: (status) => status >= 200 && status < 300,
    refuses: (status) => (status === 401 || status === 403 ? status : 500),
  },
  {
    heading: "APISIX",
    copied: (text) => JSON.parse(text).plugins["forward-auth"].upstream_headers,
    asks: ({ method, target, lines }, text) => {
      const passed: string[] = JSON.parse(text).plugins["forward-auth"].request_headers;
      return [
        ["X-Forwarded-Method", method],
        ["X-Forwarded-Proto", "http"],
        ["X-Forwarded-Host", "api.example.com"],
        ["X-Forwarded-Uri", target],
        ["X-Forwarded-For", "192.0.2.7"],
        ...passed.flatMap((name) => lines.filter(([given]) => given.toLowerCase() === name.toLowerCase()).slice(0, 1)),
      ];
    },
    allows: (status) => status < 300,
    refuses: (status) => status,
  },
];

const platform = definePlatform({
  ...keyward,
  scopes: ["read", "write"],
  operations: [
    { method: "GET", path: "/agents", needs: { scope: "read" } },
    { method: "POST", path: "/agents", needs: { scope: "write" } },
  ],
});

describe.each(CONTRACTS)("$heading", ({ heading, copied, asks, allows, refuses }) => {
  const text = configurationOf(heading);
  let server: InProcess;
  let organization: string;
  const open = async () => {
    server = await inProcess({ platform, trustedProxies: ["127.0.0.1"] });
    organization = await server.newOrganization();
    return server.newKey(organization, { scopes: ["read"], limits: { requestsPerMinute: 4 } });
  };
  beforeAll(() => expect(text).toContain(PATH));

  /** What the client gets: a refusal, or the lines that the API gets. */
  async function send(request: ClientRequest): Promise<{ status: number; response: RawResponse; api?: Line[] }> {
    const lines = asks(request, text).map(([name, value]) => `${name}: ${value}`);
    const response = await sendRaw(server.url, [`GET ${PATH} HTTP/1.1`, ...lines]);
    if (!allows(response.status)) return { status: refuses(response.status), response };
    // Each removes the client's line, and sets the response's where it has one.
    const values = copied(text).flatMap((name): Line[] => [[name, response.header(name.toLowerCase()) ?? ""]]);
    return { status: 200, response, api: set(request.lines, values) };
  }

  test("copies every identity header", () => expect([...copied(text)].sort()).toEqual([...IDENTITY].sort()));

  test("allowed, 401, 403 and over the limit", async () => {
    const { id, key } = await open();
    const as = (method: string, ...lines: Line[]) => send({ method, target: "/agents?x=1", lines });
    const { api = [] } = await as("GET", ["X-Api-Key", key], ["X-Keyward-Key-Id", "forged"], ["x-keyward-agent", "forged"]);
    expect(IDENTITY.map((name) => api.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value))).toEqual([
      [id],
      [organization],
      ["live"],
      ["read"],
      [""],
    ]);
    expect([(await as("GET")).status, (await as("POST", ["X-Api-Key", key])).status]).toEqual([401, 403]);
    for (let turn = 0; turn < 3; turn++) await as("GET", ["X-Api-Key", key]);
    const { status, response } = await as("GET", ["X-Api-Key", key]);
    expect([status, response.status, response.header("retry-after")]).toEqual([refuses(429), 429, "60"]);
  });

  test.each<[string, Line[]]>([
    [
      "X-Forwarded-Uri and -Method",
      [
        ["X-Forwarded-Uri", "/agents"],
        ["X-Forwarded-Method", "GET"],
      ],
    ],
    [
      "X-Original-URL and -Method",
      [
        ["X-Original-URL", "http://h/agents"],
        ["X-Original-Method", "GET"],
      ],
    ],
    ["X-Original-URI", [["X-Original-URI", "/agents"]]],
    [
      "X_Forwarded_Uri",
      [
        ["X_Forwarded_Uri", "/agents"],
        ["X_Forwarded_Method", "GET"],
      ],
    ],
    ["X-HTTP-Method-Override", [["X-HTTP-Method-Override", "GET"]]],
  ])("%s of the client's own makes no other request of it", async (_name, forged) => {
    const { key } = await open();
    for (const [method, target] of [
      ["POST", "/agents"],
      ["GET", "/admin"],
    ] as const)
      expect((await send({ method, target, lines: [["X-Api-Key", key], ...forged] })).api).toBe(undefined);
  });

  test.each(["/agents/../admin", "/agents/%2e%2e/admin", "/agents%2f..%2fadmin", "//agents", "/agents\\..\\admin"])(
    "%s does not pass",
    async (target) => {
      const { key } = await open();
      expect((await send({ method: "GET", target, lines: [["X-Api-Key", key]] })).api).toBe(undefined);
    },
  );

  test("an alias of an identity header is seen and refused, or never reaches the API", async () => {
    const { key } = await open();
    for (const name of ["X_Keyward_Key_Id", "x_keyward_scopes"]) {
      const { api = [] } = await send({
        method: "GET",
        target: "/agents",
        lines: [
          ["X-Api-Key", key],
          [name, "forged"],
        ],
      });
      const removed: string[] = heading === "APISIX" ? JSON.parse(text).plugins["proxy-rewrite"].headers.remove : [];
      const isDropped = heading === "ingress-nginx" || removed.some((each) => each.toLowerCase() === name.toLowerCase());
      expect(isDropped || !api.some(([given]) => given === name)).toBe(true);
    }
  });

  test("a preflight without a key is refused, unless it is set otherwise", async () => {
    await open();
    const { status } = await send({
      method: "OPTIONS",
      target: "/agents",
      lines: [
        ["Origin", "https://a.test"],
        ["Access-Control-Request-Method", "POST"],
      ],
    });
    expect([401, 404, 500]).toContain(status);
  });
});
