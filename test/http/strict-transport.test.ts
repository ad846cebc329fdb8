/** Where the base URL is https, whatever Keyward itself says tells browsers to stay there; what the upstream says is its own matter. */
import { expect, test } from "vitest";
import { PLATFORMS } from "../../platforms/index.ts";
import { secret } from "../support/root.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";
import { suiteUpstream } from "./upstream.ts";

const ORGS = "/keyward/v1/organizations";
const VERIFY = "/keyward/v1/verify";
const HSTS = "strict-transport-security";
const upstream = suiteUpstream();

test.each([...PLATFORMS])("%s", async (_name, platform) => {
  const asked = async (baseUrl: string) => {
    const { url, request, operatorToken, newOrganization, newKey } = await inProcess({ platform, baseUrl, upstream: upstream.url });
    const { key } = await newKey(await newOrganization());
    const token = secret((await request("POST", "/keyward/v1/service-tokens", { name: "x" })).json.token as string);
    const [{ header, scheme }] = platform.credentials;
    const credential = `${header}: ${scheme === undefined ? "" : `${scheme} `}${key}`;
    const head = (line: string, ...more: string[]) => sendRaw(url, [`${line} HTTP/1.1`, "Content-Length: 0", ...more]);
    const verify = (path: string) =>
      sendRaw(
        url,
        [
          `POST ${path} HTTP/1.1`,
          `Authorization: Bearer ${token}`,
          "Content-Type: application/json",
          `Content-Length: ${JSON.stringify({ key }).length}`,
        ],
        JSON.stringify({ key }),
      );
    const replies = {
      verify: await verify(VERIFY),
      "verify through the framework": await verify(`${VERIFY}?x=1`),
      "verify refused": await head(`POST ${VERIFY}`),
      whoami: await head("GET /keyward/v1/whoami", credential),
      "whoami refused": await head("GET /keyward/v1/whoami"),
      health: await head("GET /keyward/health"),
      document: await head("GET /keyward/openapi.json"),
      management: await head(`GET ${ORGS}`, `Authorization: Bearer ${operatorToken}`),
      "management refused": await head(`GET ${ORGS}`),
      "another method": await head(`PUT ${ORGS}`),
      "nothing there": await head("GET /keyward/nothing"),
      "the gateway refuses": await head("GET /somewhere"),
      "the gateway refuses a WebSocket": await head("GET /somewhere", "Connection: Upgrade", "Upgrade: websocket"),
      "two hosts": await head("GET /keyward/health", "Host: a", "Host: b"),
      ...Object.fromEntries(
        await Promise.all(platform.routes.map(async ({ path }) => [path, await head(`GET ${path}`, credential)] as const)),
      ),
    };
    return Object.entries(replies).map(([what, reply]) => [what, reply.header(HSTS)]);
  };
  const secure = await asked("https://keys.example.com");
  expect(secure).toEqual(secure.map(([what]) => [what, "max-age=31536000"]));
  const plain = await asked("http://keys.example.com");
  expect(plain).toEqual(plain.map(([what]) => [what, undefined]));
});

test("what forward-auth says is another host's, which a gateway passes it on for", async () => {
  const { url, newOrganization, newKey } = await inProcess({ baseUrl: "https://keys.example.com" });
  const { key } = await newKey(await newOrganization());
  for (const [lines, expected] of [
    [[`X-Api-Key: ${key}`], 200],
    [[], 401],
    [["X_Keyward_Key_Id: x"], 400],
  ] as const) {
    const { status, header } = await sendRaw(url, ["GET /keyward/v1/forward-auth HTTP/1.1", ...lines]);
    expect([status, header(HSTS)]).toEqual([expected, undefined]);
  }
});

test("the upstream's response passes unchanged", async () => {
  const { url, newOrganization, newKey } = await inProcess({ baseUrl: "https://keys.example.com", upstream: upstream.url });
  const { key } = await newKey(await newOrganization());
  const { status, header } = await sendRaw(url, ["GET /anything HTTP/1.1", `X-Api-Key: ${key}`]);
  expect([status, header(HSTS)]).toEqual([200, undefined]);
});
