/** A compressed body is refused as such, at every route of Keyward's own that takes a body: it is never read as what it is not. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { PLATFORMS } from "../../platforms/index.ts";
import { secret } from "../support/root.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";

const ORGS = "/keyward/v1/organizations";
const VERIFY = "/keyward/v1/verify";
const UNSUPPORTED = 415;
const COMPRESSED = [
  ["gzip", gzipSync("{}")],
  ["br", "{}"],
  ["GZIP", "{}"],
  ["identity, gzip", "{}"],
  ["deflate", ""],
] as const;

test.each([...PLATFORMS])("%s", async (_name, platform) => {
  const { url, operatorToken, request, newOrganization, newKey, verifier } = await inProcess({ platform });
  const organization = await newOrganization();
  const { key } = await newKey(organization);
  const { token } = (await request("POST", `${ORGS}/${organization}/tokens`, {})).json as { token: string };
  const [{ header: name, scheme }] = platform.credentials;
  const credentials = {
    key: `${name}: ${scheme === undefined ? "" : `${scheme} `}${key}`,
    member: `Authorization: Bearer ${secret(token)}`,
    operator: `Authorization: Bearer ${operatorToken}`,
    anonymous: "X: x",
  };
  const { contentType } = platform.errorForm;
  const form = platform.errorForm.body({ code: "unsupported_media_type", detail: "x" }, () => ({ status: UNSUPPORTED, title: "x" }));
  const send = (path: string, access: keyof typeof credentials, encoding: string | undefined, body: string | Uint8Array) => {
    const head = [`POST ${path} HTTP/1.1`, credentials[access], "Content-Type: application/json", `Content-Length: ${body.length}`];
    return sendRaw(url, encoding === undefined ? head : [...head, `Content-Encoding: ${encoding}`], body);
  };
  const created = platform.routes.filter(({ operation }) => operation === "create").map(({ path, access }) => [path, access] as const);
  const own = [VERIFY, `${VERIFY}?x=1`, ORGS, "/keyward/auth/sign-in/email"].map((path) => [path, "operator"] as const);
  for (const [path, access] of [...own, ...created]) {
    for (const [encoding, body] of COMPRESSED) {
      const { status, header, json } = await send(path, access, encoding, body);
      expect([path, encoding, status, header("content-type"), Object.keys(json)]).toEqual([
        path,
        encoding,
        UNSUPPORTED,
        contentType,
        Object.keys(form),
      ]);
    }
    // What is no JSON object is read, and refused for that.
    for (const encoding of [undefined, "identity", "Identity, identity"])
      expect([path, encoding, (await send(path, access, encoding, "[]")).status]).toEqual([path, encoding, 400]);
  }
  expect(verifier.outcomes).toMatchObject({ malformed: 0, not_found: 0 });
});
