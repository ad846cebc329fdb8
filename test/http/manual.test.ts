/** The documentation that the server has for programs: `llms.txt`, the pages, and the skills. */
import { hash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { call, startServer, suiteServer } from "../support/server.ts";

const project = join(import.meta.dirname, "../..");
const MARKDOWN = "text/markdown; charset=utf-8";

describe("a server without a gateway", () => {
  const server = suiteServer({ platform: "agentpay" });

  test.each(["/llms.txt", "/keyward/llms.txt"])("%s says what this server is, where its keys go, and where to read more", async (path) => {
    const { status, headers, text } = await call(server.url + path);
    expect([status, headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(text).toMatch(/^# AgentPay API keys\n\n> .+\n/);
    expect(text).toContain(`${server.url}/keyward/v1/verify`);
    // The page of the platform that is served stands with its API.
    expect(text).toMatch(/## API\n\n- \[OpenAPI document\].+\n- \[AgentPay.*\]\(.+docs\/systems\/agentpay\.md\)/);
  });

  test("every page of the documentation is there as Markdown, and every link of llms.txt leads to something", async () => {
    const { text } = await call(`${server.url}/llms.txt`);
    const links = [...text.matchAll(/\]\((.+?)\)/g)].map(([, url]) => url as string);
    const pages = globSync(["*.md", "docs/**/*.md", "sdk/README.md"], { cwd: project }).filter((path) => !path.startsWith("docs/skills/"));
    expect(links.map((url) => url.replace(`${server.url}/keyward/manual/`, ""))).toEqual(expect.arrayContaining(pages));
    const statuses = await Promise.all(links.map(async (url) => [url, (await fetch(url, { method: "HEAD" })).status]));
    expect(statuses.filter(([, status]) => status !== 200)).toEqual([]);
    const page = await call(`${server.url}/keyward/manual/docs/guide/operate.md`);
    expect([page.headers.get("content-type"), page.text]).toEqual([MARKDOWN, readFileSync(join(project, "docs/guide/operate.md"), "utf8")]);
  });

  test.each([
    "/keyward/manual/package.json",
    "/keyward/manual/",
    "/keyward/manual/docs/nothing.md",
    "/keyward/manual/..%2f..%2fetc/passwd",
    "/keyward/manual/docs/../server.ts",
    "/keyward/agent-skills/unknown/SKILL.md",
  ])("%s is not there", async (path) => {
    expect((await call(server.url + path)).status).toBe(404);
  });

  test("an unchanged page is not sent again, and no page can be written", async () => {
    const url = `${server.url}/keyward/manual/README.md`;
    const etag = (await call(url)).headers.get("etag") ?? "";
    expect((await call(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    for (const path of ["/keyward/manual/README.md", "/keyward/llms.txt", "/.well-known/agent-skills/index.json"]) {
      const refused = await call(server.url + path, { method: "POST" });
      expect([path, refused.status, refused.headers.get("allow")]).toEqual([path, 405, "GET, HEAD"]);
    }
  });

  test.each(["/.well-known/agent-skills/", "/keyward/agent-skills/"])("%sindex.json lists the skills with their digests", async (base) => {
    const { json } = await call(`${server.url}${base}index.json`);
    expect(json.$schema).toBe("https://schemas.agentskills.io/discovery/0.2.0/schema.json");
    expect(json.skills.map(({ name, type }: Record<string, string>) => [name, type])).toEqual([
      ["protect-an-api", "skill-md"],
      ["rotate-a-leaked-key", "skill-md"],
    ]);
    for (const { url, digest, name, description } of json.skills) {
      const skill = await call(new URL(url, `${server.url}${base}index.json`).href);
      expect(skill.headers.get("content-type")).toBe(MARKDOWN);
      expect(`sha256:${hash("sha256", skill.text, "hex")}`).toBe(digest);
      // What agentskills.io asks of a name and a description.
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
  });
});

test("behind a gateway the root is the platform's, and Keyward's pages are below its own path", async () => {
  const { url } = await startServer({ args: ["--upstream", "http://127.0.0.1:9"] });
  expect((await call(`${url}/llms.txt`)).status).toBe(401);
  expect((await call(`${url}/.well-known/agent-skills/index.json`)).status).toBe(401);
  expect((await call(`${url}/keyward/llms.txt`)).status).toBe(200);
});
