/** What somebody is told whose input does not have the form that it should. */
import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { check } from "../../http/check-input.ts";

const body = z.strictObject({
  password: z.string().min(12).max(128).optional(),
  name: z.string().min(1).optional(),
  email: z.email().optional(),
  scopes: z.array(z.string()).min(1).max(2).optional(),
  count: z.number().min(1).max(9).optional(),
  path: z.string().regex(/^\//, "must be a path").optional(),
  code: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
});

// biome-ignore format: a table
test.each([
  ["a string that is too short",        { password: "x" },               "password must have at least 12 characters"],
  ["a string that is too long",         { password: "x".repeat(129) },   "password must have at most 128 characters"],
  ["an empty string",                   { name: "" },                    "name must have at least 1 character"],
  ["a list that is too short",          { scopes: [] },                  "scopes must have at least 1 entry"],
  ["a list that is too long",           { scopes: ["a", "b", "c"] },     "scopes must have at most 2 entries"],
  ["a number that is too small",        { count: 0 },                    "count must be at least 1"],
  ["a number that is too large",        { count: 10 },                   "count must be at most 9"],
  ["an e-mail address that is none",    { email: "ada" },                "email must be an e-mail address"],
  ["a form that the schema puts into words", { path: "x" },              "path must be a path"],
  ["a form that it does not",           { code: "A" },                   "code is not valid"],
])("%s", (_sentence, given, detail) => {
  expect(check(body, given, "body")).toMatchObject({ ok: false, problem: { detail } });
});
