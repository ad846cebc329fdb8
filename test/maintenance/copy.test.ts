/** `keyward copy`: a whole Keyward moves to PostgreSQL and back. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { platforms } from "../../index.ts";
import { type CopyOptions, copyDatabase } from "../../maintenance/copy.ts";
import { type Keyward, keyward } from "../../service/index.ts";
import type { OpenStore } from "../../stores/open-store.ts";
import { openPostgres } from "../../stores/postgres/open.ts";
import { COPIED, NOT_COPIED } from "../../stores/sql/copy.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { run } from "../cli/script.ts";
import { databaseOfTest, inPostgres } from "../support/postgres.ts";
import { secret, traceDirectory } from "../support/root.ts";

const SECRET = "a master secret of the tests, long enough";

async function using<Result>(open: Promise<OpenStore>, use: (service: Keyward, opened: OpenStore) => Promise<Result>): Promise<Result> {
  const opened = await open;
  try {
    const service = await keyward({ platform: platforms.keyward, store: opened.store, nodes: opened.nodes, secret: SECRET });
    const result = await use(service, opened);
    await service.close();
    return result;
  } finally {
    await opened.close();
  }
}

interface Filled {
  readonly directory: string;
  readonly organizationId: string;
  /** Keys that work, and one that was revoked. */
  readonly keys: readonly string[];
  readonly revoked: string;
}

/** A Keyward that has been used: keys of every kind, people, invitations, an audit log, usage. */
async function filled(count: number): Promise<Filled> {
  const directory = traceDirectory("copied");
  return using(openSqlite({ directory }), async (service, { store }) => {
    const organization = await service.organizations.create({ name: "Zoë's ☕" }, "operator");
    if (!organization.ok) throw new Error(organization.problem.detail);
    const organizationId = organization.value.id;
    const create = async (input: object) => {
      const made = await service.keys.create(organizationId, input, "operator");
      if (!made.ok || made.value.shown === undefined || !("key" in made.value.shown)) throw new Error("no key");
      return { id: made.value.apiKey.id, key: secret(made.value.shown.key) };
    };
    const made = await Promise.all(
      Array.from({ length: count }, (_, at) => create({ name: `key ${at}`, limits: { requestsPerMinute: 1_000 } })),
    );
    const gone = await create({ name: "gone" });
    await service.keys.revoke(organizationId, gone.id, "operator");
    await service.people.add({ name: "Ada", email: "ada@example.com", emailVerified: true, image: null, account: { passwordHash: "x" } });
    await service.people.invite(organizationId, { role: "member" }, { by: { role: "operator" }, actor: "operator" });
    await store.settle("another fact", "");
    for (const { key } of made.slice(0, 5)) await service.verify(key);
    return { directory, organizationId, keys: made.map(({ key }) => key), revoked: gone.key };
  });
}

const copy = (options: Omit<CopyOptions, "onRows" | "postgres"> & { url: string; onRows?: CopyOptions["onRows"] }) =>
  copyDatabase({ onRows: () => undefined, ...options, postgres: { url: options.url } });

describe("a Keyward that has been used", () => {
  let from: Filled;
  beforeAll(async () => {
    // More than one page.
    from = await filled(1_100);
  });

  test("moves to PostgreSQL and back, and every key goes on working as it did", async () => {
    const url = await databaseOfTest();
    const there = await copy({ dataDirectory: from.directory, url, to: "postgres" });
    expect(there.find(({ table }) => table === "api_keys")?.rows).toBe(1_101);
    await using(openPostgres({ url }), async (service) => {
      const verdicts = await Promise.all(from.keys.slice(0, 50).map((key) => service.verify(key)));
      expect(new Set(verdicts.map(({ code }) => code))).toEqual(new Set(["valid"]));
      expect((await service.verify(from.revoked)).code).toBe("revoked");
      expect((await service.organizations.get(from.organizationId)).ok).toBe(true);
    });
    const directory = traceDirectory("copied-back");
    const back = await copy({ dataDirectory: directory, url, to: "embedded" });
    const unchanged = ["api_keys", "organizations", "users", "accounts", "invitations", "key_domains", "service_tokens", "audit", "facts"];
    for (const table of unchanged)
      expect([table, back.find((each) => each.table === table)]).toEqual([table, there.find((each) => each.table === table)]);
    await using(openSqlite({ directory }), async (service) => {
      expect((await service.verify(from.keys[0] as string)).valid).toBe(true);
      expect((await service.verify(from.revoked)).code).toBe("revoked");
    });
  });

  test("goes on where it was interrupted, and no server starts on half of it", async () => {
    const url = await databaseOfTest();
    const asked = { dataDirectory: from.directory, url, to: "postgres" } as const;
    const interrupted = copy({
      ...asked,
      onRows: (table, rows) => {
        if (table === "api_keys" && rows >= 500) throw new Error("interrupted");
      },
    });
    await expect(interrupted).rejects.toThrow("interrupted");
    await expect(openPostgres({ url })).rejects.toThrow("unfinished copy");
    const pages: [string, number][] = [];
    const copied = await copy({ ...asked, onRows: (table, rows) => void pages.push([table, rows]) });
    // Organizations are not copied again, and keys go on after the first page.
    expect(pages[0]).toEqual(["api_keys", 1_000]);
    expect(copied.find(({ table }) => table === "api_keys")?.rows).toBe(1_101);
    await (await openPostgres({ url })).close();
  });

  test("is not mixed with another one", async () => {
    const url = await databaseOfTest();
    await copy({ dataDirectory: from.directory, url, to: "postgres" });
    await expect(copy({ dataDirectory: from.directory, url, to: "postgres" })).rejects.toThrow("not empty");
    const other = await databaseOfTest();
    const begun = copy({
      dataDirectory: from.directory,
      url: other,
      to: "postgres",
      onRows: () => {
        throw new Error("interrupted");
      },
    });
    await expect(begun).rejects.toThrow("interrupted");
    const { directory } = await filled(1);
    await expect(copy({ dataDirectory: directory, url: other, to: "postgres" })).rejects.toThrow("a copy of another database");
  });

  test("a row that was changed meanwhile is noticed", async () => {
    const url = await databaseOfTest();
    await (await openPostgres({ url })).close();
    // People are copied after keys: by then somebody changes a key.
    await inPostgres(
      url,
      `create function meddle() returns trigger language plpgsql as $$
         begin update api_keys set name = 'other' where name = 'key 7'; return new; end $$`,
      "create trigger meddle before insert on users for each row execute function meddle()",
    );
    const meddled = copy({ dataDirectory: from.directory, url, to: "postgres" });
    await expect(meddled).rejects.toThrow(/^api_keys has 1101 rows in one database and 1101 in the other, or they differ/);
    await expect(openPostgres({ url })).rejects.toThrow("unfinished copy");
  });
});

test.each([
  ["a directory without a database", async () => traceDirectory("nothing"), "there is no database in"],
  [
    "a directory that nobody has used",
    async () => {
      const directory = traceDirectory("unused");
      await (await openSqlite({ directory })).close();
      return directory;
    },
    "there is nothing to copy",
  ],
])("%s is not copied", async (_what, directory, sentence) => {
  await expect(copy({ dataDirectory: await directory(), url: await databaseOfTest(), to: "postgres" })).rejects.toThrow(sentence);
});

test("a server that runs on the data directory is not copied from", async () => {
  const directory = traceDirectory("running");
  await using(openSqlite({ directory }), async () => {
    await expect(copy({ dataDirectory: directory, url: "postgres://127.0.0.1:1/x", to: "postgres" })).rejects.toThrow(
      "another Keyward is running",
    );
  });
});

test("every table is copied or has a reason to stay behind", async () => {
  const directory = join(traceDirectory("tables"), "data");
  mkdirSync(directory);
  await (await openSqlite({ directory })).close();
  const database = new DatabaseSync(join(directory, "keyward.db"), { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table' and name not like 'kysely_%'").all();
  database.close();
  expect(tables.map(({ name }) => String(name)).sort()).toEqual([...COPIED, ...Object.keys(NOT_COPIED)].sort());
});

test("the command says what it copied, and what to do next", async () => {
  const { directory } = await filled(2);
  const { exit, out, err } = await run(`keyward copy --to ${await databaseOfTest()} --data ${directory}`);
  expect({ exit, out, err }).toEqual({
    exit: 0,
    out: expect.stringMatching(/^TABLE +ROWS +SHA-256\n[\s\S]*\napi_keys +3 +[0-9a-f]{64}\n/),
    err: expect.stringMatching(
      /^keyward: \d+ rows copied; both databases have been read again and are the same\nkeyward: start the servers with /,
    ),
  });
  expect((await run("keyward copy")).exit).toBe(2);
});
