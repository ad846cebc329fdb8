/**
 * The documentation for programs: `llms.txt`, every page as Markdown, and an index of skills. Below `/keyward` always; at the root, where
 * agents look for them, only without a gateway, because with one the root is the platform's.
 */
import { etag } from "hono/etag";
import { ALWAYS, problemResponse } from "../../admission/response.ts";
import { refuse } from "../../engine/errors.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { toResponse } from "../framework.ts";
import { llmsText } from "./llms.ts";
import type { Manual } from "./manual.ts";

const PAGES = "/keyward/manual/";
const SKILLS = ["/keyward/agent-skills/", "/.well-known/agent-skills/"];
/** Version 0.2.0 of "Agent Skills Discovery via Well-Known URIs". */
const SKILL_SCHEMA = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";

export function addManual(app: Application, context: HttpContext): void {
  const { manual: read, platform, identity } = context;
  if (read === undefined) return;
  // Read on the first request: most processes never need it.
  let reading: Promise<Manual> | undefined;
  const manual = () => {
    reading ??= read();
    return reading;
  };
  const absent = () => toResponse(problemResponse(platform, refuse("not_found", "There is nothing at this path.").problem));

  for (const path of ["/keyward/llms.txt", "/llms.txt"])
    app.get(path, etag(), async () => document("text/plain", llmsText({ platform, baseUrl: identity.baseUrl(), manual: await manual() })));

  app.get(`${PAGES}*`, etag(), async (c) => {
    const page = (await manual()).pages.get(new URL(c.req.url).pathname.slice(PAGES.length));
    return page === undefined ? absent() : document("text/markdown", page.text);
  });

  for (const base of SKILLS) {
    app.get(`${base}index.json`, etag(), async () => document("application/json", skillIndex(await manual())));
    app.get(`${base}:name/SKILL.md`, etag(), async (c) => {
      const skill = (await manual()).skills.find(({ name }) => name === c.req.param("name"));
      return skill === undefined ? absent() : document("text/markdown", skill.text);
    });
  }

  const { problem } = refuse("method_not_allowed", "This path takes GET, HEAD.");
  app.all(`${PAGES}*`, () => toResponse(problemResponse(platform, problem, { allow: "GET, HEAD" })));
}

/** URLs are relative to the index, so they are right under every address of the server. */
function skillIndex({ skills }: Manual): string {
  const entries = skills.map(({ name, description, digest }) => ({ name, type: "skill-md", description, url: `${name}/SKILL.md`, digest }));
  return JSON.stringify({ $schema: SKILL_SCHEMA, skills: entries });
}

function document(type: string, text: string): Response {
  // Caches must revalidate: another version of the server has other pages.
  return new Response(text, { headers: { ...ALWAYS, "content-type": `${type}; charset=utf-8`, "cache-control": "no-cache" } });
}
