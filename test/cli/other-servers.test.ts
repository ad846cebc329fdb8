/** Responses that today's platforms do not send, from a server that sends whatever a test says. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { secret } from "../support/root.ts";
import { run } from "./script.ts";

interface Canned {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** Runs a command against a server that sends this response to everything. */
async function against({ status, body, headers = {} }: Canned, command: string) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { exit, out, err } = await run(`keyward ${command} --url ${url}`, { env: { KEYWARD_TOKEN: "kwo_whatever" } });
  return { exit, out: out.replaceAll(url, "URL"), err: err.replaceAll(url, "URL") };
}

test.each([
  ["problem details", { detail: "No such plan.", title: "Bad" }, "No such plan."],
  ["a code, a type, a message", { code: "bad_plan", type: "invalid", message: "No plan." }, "No plan."],
  ["success false and an error", { success: false, error: "No such thing." }, "No such thing."],
  ["an error within the error", { error: { type: "bad", message: "No such inner thing." } }, "No such inner thing."],
  ["something for the terminal", { detail: "\u001b[2Jgone\nsecond\u202e" }, "\ufffd[2Jgone second\ufffd"],
])("a refusal in the form of %s is printed with its own sentence", async (_sentence, body, told) => {
  const ended = await against({ status: 422, body: JSON.stringify(body) }, "orgs get x");
  expect(ended).toEqual({ exit: 1, out: "", err: `keyward: ${told}\n` });
});

test.each([
  [400, 1],
  [401, 4],
  [403, 4],
  [404, 3],
  [500, 1],
])("status %i is exit code %i, whatever the body is", async (status, exit) => {
  const ended = await against({ status, body: "<h1>No</h1>" }, "keys revoke x --json");
  expect(ended).toEqual({
    exit,
    out: "",
    err: `keyward: URL responded with ${status}, but not as Keyward does\nkeyward: check that Keyward is what runs there\n`,
  });
});

test.each([
  ["a page", 200, "<h1>Welcome</h1>"],
  ["a list", 200, "[]"],
  ["half a document", 200, '{"id":'],
  ["nothing", 200, ""],
])("a success with %s is an error", async (_sentence, status, body) => {
  expect(await against({ status, body }, "orgs get x")).toMatchObject({
    exit: 1,
    out: "",
    err: expect.stringContaining("URL responded with 200, but not as Keyward does"),
  });
});

test("a redirect is not followed with the token, but told", async () => {
  const ended = await against({ status: 308, body: "", headers: { location: "https://keys.example.com/" } }, "orgs list");
  expect(ended).toEqual({
    exit: 1,
    out: "",
    err: "keyward: URL redirects to https://keys.example.com/\nkeyward: give --url the address of the API itself\n",
  });
});

test("both parts of a key pair are shown, and told to be kept", async () => {
  const pair = { id: "k1", publicKey: secret("pk_0123456789abcdefghijklmn"), secretKey: secret("sk_abcdefghijklmn0123456789") };
  const canned = { status: 201, body: JSON.stringify(pair) };
  expect(await against(canned, "keys create --org x")).toEqual({
    exit: 0,
    out: `publicKey  ${pair.publicKey}\nsecretKey  ${pair.secretKey}\nid         k1\n`,
    err: "keyward: keep the publicKey and the secretKey now: they are not shown again\n",
  });
  expect(await against(canned, "keys create --org x --secret-only")).toEqual({
    exit: 0,
    out: `${pair.publicKey}:${pair.secretKey}\n`,
    err: "",
  });
  expect(JSON.parse((await against(canned, "keys create --org x --json")).out)).toEqual(pair);
});

test("a key that cannot be written is no success", async () => {
  const ended = await against({ status: 201, body: '{"id":"k1","key":"kw_live_x"}' }, "keys create --org x --secret-only >/dev/full");
  expect(ended).toEqual({ exit: 1, out: "", err: "keyward: standard output cannot be written (ENOSPC)\n" });
});
