/** Which lines of shell are one command of Keyward and nothing else. */

interface SimpleLine {
  readonly args: readonly string[];
  /** Set for this command alone. */
  readonly env: Readonly<Record<string, string>>;
  /** What stands on its standard input; "" when nothing is piped into it. */
  readonly input: string;
}

/** These go on until they are ended, or are the process itself that a test looks at. */
const IS_A_PROCESS = new Set(["serve", "mcp", "login"]);
/** A word of the shell in which nothing is expanded: bare, in single quotes, or in double quotes. */
const WORD = String.raw`(?:[\w@%+=:,./\-]|'[^']*'|"[^"$\`\\!]*")+`;
const SETTING = `[A-Z][A-Z_]*=(?:${WORD})?`;
const LINE = new RegExp(
  `^(?:(?<says>echo|printf %s) (?<said>${WORD}) \\| )?(?<settings>(?:${SETTING} )*)keyward(?<words>(?: +${WORD})*) *(?:#.*)?$`,
);

/** The words of the command, unless it takes a shell to know them, or a process of its own to run them. */
export function simpleLine(line: string): SimpleLine | undefined {
  const parts = LINE.exec(line)?.groups;
  if (parts === undefined) return undefined;
  const args = wordsIn(parts.words);
  if (IS_A_PROCESS.has(args[0] ?? "") || args.includes("--follow")) return undefined;
  const settings = wordsIn(parts.settings).map((setting) => [setting.split("=", 1)[0], setting.slice(setting.indexOf("=") + 1)]);
  const { says, said = "" } = parts;
  return { args, env: Object.fromEntries(settings), input: says === undefined ? "" : unquoted(said) + (says === "echo" ? "\n" : "") };
}

const wordsIn = (text = "") => (text.match(new RegExp(WORD, "g")) ?? []).map(unquoted);
const unquoted = (word: string) => word.replace(/'([^']*)'|"([^"]*)"/g, (_all, single, double) => single ?? double);
