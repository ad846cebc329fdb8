/** What is printed where: the rules of docs/decisions/0030, as functions and as commands. */
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { select, selectionReader } from "../../cli/fields.ts";
import { relativeTime } from "../../cli/look.ts";
import { nearest } from "../../cli/nearest.ts";
import { moment } from "../../cli/period.ts";
import { fields, table } from "../../cli/table.ts";
import { script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();
const NOW = Date.UTC(2026, 10, 20, 12);

test.each([
  ["this moment", 0, "now"],
  ["less than a second ago", -999, "now"],
  ["a second ago", -1_000, "1 second ago"],
  ["59 seconds ahead", 59_000, "in 59 seconds"],
  ["a minute ago", -60_000, "1 minute ago"],
  ["an hour less a millisecond ago", -3_599_999, "59 minutes ago"],
  ["a day ahead", 86_400_000, "in 1 day"],
  ["400 days ago", -400 * 86_400_000, "1 year ago"],
])("%s is told as such", (_sentence, ms, told) => {
  expect(relativeTime(new Date(NOW + ms).toISOString(), NOW)).toBe(told);
});

test("text that is no time is not told as one", () => {
  for (const text of ["2026-11-20", "at 2026-11-20T12:00:00.000Z", "-", ""]) expect(relativeTime(text, NOW)).toBe(text);
  expect(relativeTime("2026-11-20T12:00:00.000Z", undefined)).toBe("2026-11-20T12:00:00.000Z");
});

test("colours do not disturb the columns, and a server's own escapes are none", () => {
  const rows = [
    { status: "active", name: "a\u001b[31m" },
    { status: "revoked", name: "b" },
  ];
  const columns = [
    ["STATUS", "status"],
    ["NAME", "name"],
  ] as const;
  const coloured = table(rows, columns, { colour: true });
  expect(coloured).toContain("\u001b[32mactive\u001b[0m   a\ufffd[31m");
  expect(stripVTControlCharacters(coloured)).toBe(table(rows, columns));
  expect(fields({ at: "2026-11-20T11:00:00.000Z" }, { colour: false, now: NOW })).toBe("at  2026-11-20T11:00:00.000Z (1 hour ago)");
});

test.each([
  ["one field", ["id"], { id: 1 }],
  ["a field of a field", ["limits.perDay"], { limits: { perDay: 5 } }],
  ["two fields of one", ["limits.perDay", "limits.none"], { limits: { perDay: 5, none: null } }],
  ["a field of a text", ["id.length"], { id: { length: null } }],
  ["what every object inherits", ["limits.constructor"], { limits: { constructor: null } }],
])("--json selects %s", (_sentence, paths, selected) => {
  const record = { id: 1, name: "x", limits: { perDay: 5 } };
  expect(select(record, paths)).toEqual(selected);
  expect(select({ data: [record], nextCursor: null }, paths)).toEqual({ data: [selected], nextCursor: null });
  expect(select(record, true)).toBe(record);
});

test("an unknown field is refused with the closest one, and what may be a key is not repeated", () => {
  const read = selectionReader(["id", "name", "limits"]);
  expect(read("id, limits.requestsPerDay")).toEqual(["id", "limits.requestsPerDay"]);
  expect(() => read("id,nmae")).toThrow('there is no field "nmae". Did you mean name?');
  expect(() => read("kw_live_0123456789abcdef")).toThrow("there is no field of that name.");
});

test.each([
  ["usge", "usage"],
  ["lst", "list"],
  ["LIST", "list"],
  ["frobnicate", undefined],
  ["", undefined],
])("%j is taken for %j", (typed, meant) => {
  expect(nearest(typed, ["list", "usage", "revoke"])).toBe(meant);
});

test.each([
  ["2027-01", "2027-01-01T00:00:00.000Z"],
  ["2027-01-31", "2027-01-31T00:00:00.000Z"],
  ["2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00.000Z"],
])("%s is the moment %s", (text, time) => {
  expect(moment(text)).toBe(time);
});

test.each(["2027-02-30", "2027-13", "now", "", "5y"])("%j is no moment", (text) => {
  expect(() => moment(text)).toThrow();
});

test("commands of the first version print text into a pipe, later ones JSON, and KEYWARD_OUTPUT decides for all", async () => {
  const acme = await server.newOrganization();
  await script(
    `
    $ keyward orgs get {acme} | head -2
    id         {acme}
    name       Acme
    $ keyward plans get --org {acme} | head -2
    {
      "plan": "unlimited",
    $ KEYWARD_OUTPUT=json keyward orgs get {acme} | head -2
    {
      "id": "{acme}",
    $ KEYWARD_OUTPUT=table keyward plans get --org {acme} | head -1
    plan                       unlimited
    $ KEYWARD_OUTPUT=json keyward keys create --org {acme} --secret-only
    {key}
    $ KEYWARD_OUTPUT=xml keyward orgs get {acme}               # exit 2
    ! keyward: KEYWARD_OUTPUT must be json or table.
    ! …
    # An argument after --json is an argument, as it always was.
    $ keyward orgs create --json Beta | grep name
      "name": "Beta",
    $ keyward orgs get --json id,name {acme}
    {
      "id": "{acme}",
      "name": "Acme"
    }
    $ echo {key} | keyward keys verify --json -
    {
      "valid": true,
    ⋮
  `,
    { cwd, words: { acme } },
  );
});

test("KEYWARD_URL and KEYWARD_DATA name the server for commands without an option", async () => {
  const acme = await server.newOrganization();
  await script(
    `
    $ cd / && KEYWARD_DATA={directory} keyward orgs get {acme} --json id
    {
      "id": "{acme}"
    }
    $ cd / && KEYWARD_URL={url} KEYWARD_TOKEN={token} keyward orgs get {acme} --json id
    {
      "id": "{acme}"
    }
    # An option goes before a variable.
    $ KEYWARD_URL=http://127.0.0.1:1 keyward orgs get {acme} --data {directory} --json id
    {
      "id": "{acme}"
    }
    $ KEYWARD_URL=http://127.0.0.1:1 keyward orgs get {acme}                # exit 4
    ! keyward: KEYWARD_TOKEN is not set; KEYWARD_URL needs it
    ! …
    $ KEYWARD_URL=keys.example.com keyward orgs get {acme}                  # exit 2
    ! keyward: KEYWARD_URL must be an http or https URL, such as https://keys.example.com
  `,
    { cwd, words: { acme, directory: server.directory, url: server.url, token: server.operatorToken } },
  );
});

test("--dry-run says what would be sent, and changes nothing", async () => {
  const acme = await server.newOrganization();
  await script(
    `
    $ keyward orgs update {acme} --name Beta --dry-run
    would send  PATCH /keyward/v1/organizations/{acme}
    body.name   Beta
    $ keyward orgs set {acme} --keys 3 --dry-run --json
    {
      "dryRun": true,
      "method": "PATCH",
      "path": "/keyward/v1/organizations/{acme}",
      "body": {
        "overrides": {
          "keys": 3
        }
      }
    }
    $ keyward keys create --org {acme} --name x --dry-run
    would send  POST /keyward/v1/organizations/{acme}/keys
    body.name   x
    # What it reads first may be refused.
    $ keyward keys revoke key_00000000000000000000000000 --dry-run        # exit 3
    ! keyward: There is no such key.
    ! …
    $ keyward orgs get {acme} --json name,overrides
    {
      "name": "Acme",
      "overrides": {}
    }
    $ keyward keys list --org {acme} --json id
    {
      "data": [],
      "nextCursor": null
    }
  `,
    { cwd, words: { acme } },
  );
});
