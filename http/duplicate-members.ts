/**
 * Finds objects that have a member twice. `JSON.parse` keeps the last one; a program that read the body before us may have taken the first
 * (RFC 8259, 4). The text must be valid JSON.
 */

const [BACKSLASH, QUOTE, COLON] = [0x5c, 0x22, 0x3a];

/** The path of a member that appears twice, such as `limits.requestsPerMinute`; undefined if none does. `value` is the parsed `text`. */
export function findDuplicate(text: string, value: unknown): string | undefined {
  // A single member cannot appear twice.
  if (text.indexOf(":") === text.lastIndexOf(":")) return undefined;
  // Outside of strings there is one colon for each member: if the value has as many members, none was dropped. No allocation.
  return colonsIn(text) === membersIn(value) ? undefined : findIn(text);
}

function colonsIn(text: string): number {
  let colons = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at++;
    else if (character === QUOTE) inString = !inString;
    else if (character === COLON && !inString) colons++;
  }
  return colons;
}

/** Without recursion: a body may be nested thousands of levels deep. */
function membersIn(value: unknown): number {
  let members = 0;
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== "object" || next === null) continue;
    const inner = Object.values(next);
    if (!Array.isArray(next)) members += inner.length;
    for (const member of inner) if (typeof member === "object") waiting.push(member);
  }
  return members;
}

/** An object or array that is being read: its path, and the path of its current member or element. */
interface Open {
  readonly path: string;
  readonly names: Set<string> | undefined;
  at: string;
  index: number;
}

function findIn(text: string): string {
  const open: Open[] = [];
  for (const [token, name] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const inner = open.at(-1);
    if (name !== undefined && inner?.names !== undefined) {
      if (enterMember(inner, inner.names, JSON.parse(name))) return inner.at;
    } else step(open, inner, token);
  }
  return "body";
}

/** Moves on to the next member; true when the object had one of that name. */
function enterMember(object: Open, names: Set<string>, name: string): boolean {
  object.at = object.path === "" ? name : `${object.path}.${name}`;
  const isTwice = names.has(name);
  names.add(name);
  return isTwice;
}

function step(open: Open[], inner: Open | undefined, token: string): void {
  const path = inner?.at ?? "";
  if (token === "{") open.push({ path, names: new Set(), at: path, index: 0 });
  else if (token === "[") open.push({ path, names: undefined, at: `${path}[0]`, index: 0 });
  else if (token === "}" || token === "]") open.pop();
  else if (token === "," && inner !== undefined && inner.names === undefined) inner.at = `${inner.path}[${++inner.index}]`;
}
