/** Who may verify is decided when the whole request has come: a body may take its time, and a token may be revoked meanwhile. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { secret } from "../../support/root.ts";
import { inProcess } from "../in-process.ts";
import { parseResponse, readAll } from "../raw-http.ts";

const TOKENS = "/keyward/v1/service-tokens";
/** The first is handled straight on node:http, the second by the framework. */
const PATHS = ["/keyward/v1/verify", "/keyward/v1/verify?x=1"];

test.each(
  PATHS.flatMap(
    (path) =>
      [
        [path, "in memory", true],
        [path, "not in memory", false],
      ] as const,
  ),
)("%s: a service token %s that is revoked while the body is on its way verifies nothing", async (path, _where, isInMemory) => {
  const { url, request, newOrganization, newKey, verifier } = await inProcess();
  const { key } = await newKey(await newOrganization());
  const { id, token } = (await request("POST", TOKENS, { name: "checkout" })).json as { id: string; token: string };
  if (isInMemory) expect((await request("POST", path, { key }, secret(token))).json.valid).toBe(true);
  const validBefore = verifier.outcomes.valid;

  const body = JSON.stringify({ key });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const reply = readAll(socket);
  socket.write(
    [
      `POST ${path} HTTP/1.1`,
      "Host: x",
      "Connection: close",
      `Authorization: Bearer ${token}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "",
      body.slice(0, 5),
    ].join("\r\n"),
  );
  // On another connection: when this has its response, the server has the first part of the body.
  await request("GET", TOKENS);
  expect((await request("DELETE", `${TOKENS}/${id}`)).status).toBe(204);
  socket.write(body.slice(5));

  const { status, json } = parseResponse(await reply);
  expect([status, json.code]).toEqual([401, "invalid_credential"]);
  expect(verifier.outcomes.valid).toBe(validBefore);
});

test.each(PATHS)("%s: without a credential a body that is too large is 401, as at every other route", async (path) => {
  const { request } = await inProcess();
  expect((await request("POST", path, { key: "k".repeat(70_000) }, null)).status).toBe(401);
  expect((await request("POST", path, { key: "k".repeat(70_000) })).status).toBe(413);
});
