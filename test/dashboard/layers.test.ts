/** The layers of the dashboard: a file may import from its own folder and from the folders listed with it, types included. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../../dashboard/src");

const LAYERS: Readonly<Record<string, { may: readonly string[]; why: string }>> = {
  words: { may: [], why: "words are pure: values in, text out, tested without a browser" },
  controls: { may: ["words"], why: "a control knows nothing of Keyward's session or data: it gets what it shows" },
  app: { may: ["words", "controls"], why: "the client, the session and the frame serve every screen and know none" },
  secrets: { may: ["words", "controls", "app"], why: "showing a secret does not depend on what it is a secret of" },
  keys: { may: ["words", "controls", "app", "secrets"], why: "what several screens show of keys knows none of these screens" },
  audit: { may: ["words", "controls", "app", "keys"], why: "what several screens show of the audit log knows none of these screens" },
  screens: { may: ["words", "controls", "app", "secrets", "keys", "audit"], why: "a screen is a folder, and knows no other screen" },
};

/** `screens/members` and the like count as folders of their own; a file at the top of `src` belongs to none. */
function folderOf(path: string): string {
  const [folder = "", inner = "", ...rest] = path.split("/");
  if (folder === "screens" && rest.length > 0) return `${folder}/${inner}`;
  return inner === "" ? "" : folder;
}

function faults(file: string, code: string): string[] {
  const folder = folderOf(file);
  // router.tsx and main.tsx put everything together.
  if (folder === "") return [];
  const layer = LAYERS[folder.split("/")[0]!];
  if (layer === undefined) return [`${file}: the folder ${folder} has no layer in test/dashboard/layers.test.ts`];
  const targets = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => posix.join(dirname(file), match[1]!));
  return targets
    .filter((target) => folderOf(target) !== folder && !layer.may.includes(folderOf(target)))
    .map((target) => `${file} imports ${target}: ${layer.why}`);
}

test("every file imports only from its own layer and the layers below it", () => {
  const files = globSync("**/*.{ts,tsx}", { cwd: source });
  expect(files).toContain("controls/states.tsx");
  expect(files.flatMap((file) => faults(file, readFileSync(join(source, file), "utf8")))).toEqual([]);
});

// biome-ignore format: a table
test.each([
  ["a control that reads the session",   "controls/a.tsx",         'import { useSession } from "../app/session.ts";',              /gets what it shows/],
  ["a type counts too",                  "controls/a.tsx",         'import type { Row } from "../screens/key-list/columns.tsx";',  /gets what it shows/],
  ["the frame that knows a screen",      "app/a.tsx",              'import("../screens/members/members-screen.tsx");',             /know none/],
  ["a screen that knows another screen", "screens/account/a.tsx",  'import { Invite } from "../members/invite.tsx";',              /no other screen/],
  ["a screen that knows the router",     "screens/account/a.tsx",  'import { router } from "../../router.tsx";',                   /no other screen/],
  ["a new folder",                       "shared/a.ts",            "export const a = 1;",                                          /has no layer/],
])("finds %s", (_name, file, code, sentence) => expect(faults(file, code).join()).toMatch(sentence));
