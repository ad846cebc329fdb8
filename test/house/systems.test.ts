/** The pages about the five documented systems are true: each promise has a test that is named after it, and the commands print what they show. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { startServer } from "../support/server.ts";
import { consoleBlocks, runConsole } from "./console.ts";

const project = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(project, path), "utf8");
const ID = /\b(?:AP|AW|AS|AM|AG)\d{1,2}\b/g;

/** The file that a test or a group of them is in, by the row ids with which its name begins. */
const testsByRow = Map.groupBy(
  globSync(["test/**/*.test.ts", "stores/conformance/*.ts"], { cwd: project }).flatMap((file) =>
    [...read(file).matchAll(/\(\s*["'`]((?:(?:AP|AW|AS|AM|AG)\d{1,2} )+)/g)].flatMap(([, ids = ""]) =>
      ids
        .trim()
        .split(" ")
        .map((row) => ({ row, file })),
    ),
  ),
  ({ row }) => row,
);

const platforms = globSync("test/contract/pages/*.txt", { cwd: project })
  .map((file) => basename(file, ".txt"))
  .sort();
const pageOf = (platform: string) => read(`docs/systems/${platform}.md`);
/** The rows of a page's table: the id, and the files that the third column links to. */
const promises = platforms.flatMap((platform) =>
  [...pageOf(platform).matchAll(/^\| ([A-Z]{2}\d{1,2}) \| .* \| ([^|]*) \|$/gm)].map(([, row = "", links = ""]) => ({
    platform,
    row,
    files: [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => join("docs/systems", link)),
  })),
);

test("there is a page for each documented system, and the overview leads to it", () => {
  expect(platforms).toEqual(["agentpay", "agentsend", "agentsgt", "agentwallex", "ampersend"]);
  for (const platform of platforms) expect(read("docs/systems/README.md")).toContain(`](${platform}.md)`);
  expect(read("README.md")).toContain("](docs/systems/README.md)");
});

test("the rows of each page are numbered from one, without gaps", () => {
  for (const rows of Map.groupBy(promises, ({ platform }) => platform).values()) {
    const prefix = rows[0]?.row.slice(0, 2);
    expect(rows.map(({ row }) => row)).toEqual(rows.map((_, at) => `${prefix}${at + 1}`));
  }
});

test.each(promises)("$row is held by a test of that name in each file that its page links to", ({ row, files }) => {
  expect(files.length).toBeGreaterThan(0);
  const held = testsByRow.get(row)?.map(({ file }) => file) ?? [];
  expect(files.filter((file) => !held.includes(file))).toEqual([]);
});

test("each row that a test is named after is on a page", () => {
  const documented = promises.map(({ row }) => row);
  expect([...testsByRow.keys()].filter((row) => !documented.includes(row))).toEqual([]);
  // Also those in the middle of a name, and in groups.
  const mentioned = globSync("test/**/*.test.ts", { cwd: project }).flatMap((file) => read(file).match(ID) ?? []);
  expect([...new Set(mentioned)].filter((row) => !documented.includes(row))).toEqual([]);
});

test("every file that the pages link to is there", () => {
  for (const page of ["README", ...platforms].map((name) => `docs/systems/${name}.md`)) {
    const links = [...read(page).matchAll(/\]\(([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(project, dirname(page), link)))).toEqual([]);
  }
});

describe("the page's commands", () => {
  test.each(platforms)("%s: print what the page shows, against a server that was started as it says", async (platform) => {
    const page = pageOf(platform);
    expect(page).toContain(`\nnpm start -- --platform ${platform} --example --data ./data/${platform}`);
    const server = await startServer({ platform, args: ["--example"] });
    const [block = ""] = consoleBlocks(page);
    const { commands, printed, shown } = await runConsole(block, server, project);
    expect(commands).toBeGreaterThan(4);
    expect(printed).toBe(shown);
  });
});
