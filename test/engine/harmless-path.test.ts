/** What logs and lists have of a path. */
import { expect, test } from "vitest";
import { harmlessPath } from "../../engine/harmless-path.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { keyward } from "../../platforms/keyward.ts";
import { freshKey } from "../support/service.ts";

const key = freshKey("live");
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln";
const encoded = [...key].map((character) => `%${character.charCodeAt(0).toString(16)}`).join("");

// biome-ignore format: a table
test.each([
  ["an ordinary path",                               "/v1/agents/agent_1/tasks",          "/v1/agents/agent_1/tasks"],
  ["the root",                                       "/",                                 "/"],
  ["a query, which is left out",                     `/v1/agents?key=${key}`,             "/v1/agents"],
  ["a fragment, which no browser sends",             "/a#b",                              "/a"],
  ["a UUID",                                         "/a/0b5e3f6c-0d0c-4a8e-9a5b-3f6c0d0c4a8e", "/a/0b5e3f6c-0d0c-4a8e-9a5b-3f6c0d0c4a8e"],
  ["a key as a segment",                             `/v1/${key}/x`,                      "/v1/[redacted]/x"],
  ["a key that was cut short",                       `/v1/${key.slice(0, 14)}/x`,         "/v1/[redacted]/x"],
  ["a key whose characters are all encoded",         `/v1/${encoded}`,                    "/v1/[redacted]"],
  ["encoded twice",                                  `/v1/${encoded.replaceAll("%", "%25")}`, "/v1/[redacted]"],
  ["the beginning of one, encoded four times",       "/v1/kw%2525255Flive%2525255F1"     , "/v1/[redacted]"],
  ["encoded more often than anybody would",          "/v1/%252525252541",                 "/v1/[redacted]"],
  ["a key in capitals",                              `/v1/${key.toUpperCase().slice(0, 20)}`, "/v1/[redacted]"],
  ["a key as a parameter of a segment",              `/v1/a;key=${key.slice(0, 20)}`,     "/v1/[redacted]"],
  ["a JWT",                                          `/v1/${jwt}`,                        "/v1/[redacted]"],
  ["a service token, cut short",                     "/v1/kws_abcdefgh",                  "/v1/[redacted]"],
  ["anything that is as long as a secret",           `/v1/${"a1".repeat(21)}`,            "/v1/[redacted]"],
  ["an absolute URL, which may have a password",      "http://me:hunter2@a.test/x",        "[redacted]"],
  ["a host with a password in the path",             "//me:hunter2@a.test/x",             "//[redacted]/x"],
  ["an e-mail address",                              "/people/me@a.test",                 "/people/me@a.test"],
  ["the asterisk",                                   "*",                                 "*"],
  ["a segment that cannot be decoded",               "/v1/%zz",                           "/v1/%zz"],
])("%s", (_sentence, target, expected) => {
  expect(harmlessPath(target, keyward)).toBe(expected);
});

test("a prefix in the middle of a word is none", () => {
  const [ampersend] = [PLATFORMS.get("ampersend") ?? keyward];
  expect(harmlessPath("/tasks/task_1/risk_live", ampersend)).toBe("/tasks/task_1/risk_live");
  expect(harmlessPath("/tasks/sk_live_1", ampersend)).toBe("/tasks/[redacted]");
});

test("the credential of the request itself, whatever it looks like, and most of it", () => {
  const presented = "correct horse battery";
  expect(harmlessPath("/a/correct%20horse%20battery", keyward, presented)).toBe("/a/[redacted]");
  expect(harmlessPath("/a/correct%20horse", keyward, presented)).toBe("/a/[redacted]");
  expect(harmlessPath("/a/battery", keyward, presented)).toBe("/a/battery");
});

test("a path as long as a request may have is shortened", () => {
  expect(harmlessPath("/ab".repeat(5_000), keyward).length).toBe(1_000);
});
