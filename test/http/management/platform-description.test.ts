/** `GET /keyward/v1/platform`: the same for everybody, nothing but what people may know. */
import { expect, test } from "vitest";
import { secretPattern } from "../../../engine/secret-pattern.ts";
import { PLATFORMS } from "../../../platforms/index.ts";
import { call } from "../../support/server.ts";
import { inProcess } from "../in-process.ts";

const PATH = "/keyward/v1/platform";

test.each([...PLATFORMS])("%s is described to everybody, credential or not", async (_name, platform) => {
  const { url, request } = await inProcess({ platform });
  const { status, json, headers } = await call(url + PATH);
  expect(status).toBe(200);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(json).toEqual({
    name: platform.name,
    title: platform.title,
    environments: platform.oneEnvironmentPerDeployment ? [platform.environments[0]] : platform.environments,
    keyForm: platform.keyForm.kind,
    secretPattern: secretPattern(platform.keyForm),
    chosenKeys: platform.name === "agentpay" ? { minimumLength: 16, maximumLength: 256 } : null,
    sealsKeys: platform.sealsKeys,
    claimsKeys: platform.unclaimedPlan !== null,
    rotateAfterDays: platform.rotateAfterDays,
    scopes: platform.scopes,
    credentials: platform.credentials.map(({ header, scheme = null }) => ({ header, scheme })),
    plans: Object.fromEntries(Object.entries(platform.plans).map(([name, plan]) => [name, { title: name, customLimits: [], ...plan }])),
    defaultPlan: platform.defaultPlan,
    dashboard: platform.dashboard,
  });
  expect((await request("GET", PATH, undefined, "wrong")).json).toEqual(json);
  expect((await call(url + PATH, { method: "POST" })).status).toBe(405);
});

test("only the environments that this server serves are named", async () => {
  const { url } = await inProcess({ environment: "test" });
  expect((await call(url + PATH)).json.environments).toEqual(["test"]);
});
