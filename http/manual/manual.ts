/** The documentation as the server has it: the Markdown pages of the project, and the skills among them. */
import { hash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Manual {
  /** By path, such as `docs/guide/operate.md`. Requests for anything else are refused: no client's path reaches the disk. */
  readonly pages: ReadonlyMap<string, Page>;
  readonly skills: readonly Skill[];
}

export interface Page {
  readonly path: string;
  readonly text: string;
  /** Its first heading. */
  readonly title: string;
}

/** Instructions for an agent that does one thing: a `SKILL.md` in the form of agentskills.io. */
interface Skill {
  readonly name: string;
  /** When an agent should read it. */
  readonly description: string;
  readonly text: string;
  /** `sha256:` and the digest of the text in hexadecimal. */
  readonly digest: string;
}

const PAGES = ["*.md", "docs/**/*.md", "sdk/README.md"];
const SKILL_FILE = /^docs\/skills\/[^/]+\/SKILL\.md$/;

/** Reads every page below a directory that is laid out as the project is. @throws Error when a skill says neither its name nor when it is for */
export async function readManual(directory: string): Promise<Manual> {
  const paths: string[] = [];
  for await (const path of glob(PAGES, { cwd: directory })) paths.push(path.replaceAll("\\", "/"));
  paths.sort();
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(directory, path), "utf8") })));
  const isSkill = ({ path }: { path: string }) => SKILL_FILE.test(path);
  const pages = texts.filter((each) => !isSkill(each)).map(({ path, text }) => ({ path, text, title: titleOf(text) ?? path }));
  return { pages: new Map(pages.map((page) => [page.path, page])), skills: texts.filter(isSkill).map(readSkill) };
}

function titleOf(text: string): string | undefined {
  return /^# (.+)$/m.exec(text)?.[1];
}

function readSkill({ path, text }: { readonly path: string; readonly text: string }): Skill {
  const front = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? "";
  const said = (field: string) => new RegExp(`^${field}: (.+)$`, "m").exec(front)?.[1];
  const [name, description] = [said("name"), said("description")];
  if (name === undefined || description === undefined) throw new Error(`${path} must begin with its name and description`);
  return { name, description, text, digest: `sha256:${hash("sha256", text, "hex")}` };
}
