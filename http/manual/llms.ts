/** `llms.txt`: what an agent should know about this server, and where to read more (llmstxt.org). */
import type { Platform } from "../../platforms/define.ts";
import type { Manual, Page } from "./manual.ts";

interface Surroundings {
  readonly platform: Pick<Platform, "name" | "title" | "credentials">;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly manual: Manual;
}

/** Folders and files by section. A page goes to the first that it matches; what matches none is optional reading. */
const SECTIONS: readonly (readonly [heading: string, pages: RegExp])[] = [
  ["Start", /^(README\.md|sdk\/README\.md)$/],
  ["Guides", /^docs\/(guide\/.*|operate|sign-in|errors)\.md$|^docs\/guide\//],
];

export function llmsText({ platform, baseUrl, manual }: Surroundings): string {
  const { title, name, credentials } = platform;
  const places = credentials.map(({ header, scheme }) => `\`${header}: ${scheme === undefined ? "" : `${scheme} `}<key>\``);
  const ofPlatform = manual.pages.get(`docs/systems/${name}.md`);
  const pages = [...manual.pages.values()].filter((page) => page !== ofPlatform);
  const sectionOf = (page: Page) => SECTIONS.find(([, matches]) => matches.test(page.path))?.[0] ?? "Optional";
  const bySection = Map.groupBy(pages, sectionOf);
  const link = ({ title: text, path }: Page) => `- [${text}](${baseUrl}/keyward/manual/${path})`;
  const section = (heading: string, lines: readonly string[]) => (lines.length === 0 ? [] : ["", `## ${heading}`, "", ...lines]);
  return [
    `# ${title} API keys`,
    "",
    `> Keyward issues, verifies, limits, rotates and revokes the API keys of ${title}. This server is ${baseUrl}.`,
    "",
    `- A request presents its key as ${places.join(" or ")}. A key never belongs in a URL, a log or a conversation.`,
    `- The holder of a key asks \`GET ${baseUrl}/keyward/v1/whoami\` whose it is and what it may do.`,
    `- A service asks \`POST ${baseUrl}/keyward/v1/verify\`, with a service token, whether a request may pass.`,
    "- Agents manage keys with `keyward mcp`, which never shows them a secret.",
    ...section("API", [
      `- [OpenAPI document](${baseUrl}/keyward/openapi.json): every route of this server`,
      ...(ofPlatform ? [link(ofPlatform)] : []),
    ]),
    ...section(
      "Skills",
      manual.skills.map((skill) => `- [${skill.name}](${baseUrl}/keyward/agent-skills/${skill.name}/SKILL.md): ${skill.description}`),
    ),
    ...[...SECTIONS.map(([heading]) => heading), "Optional"].flatMap((heading) =>
      section(heading, (bySection.get(heading) ?? []).map(link)),
    ),
    "",
  ].join("\n");
}
