/**
 * Objects that have a member twice. `JSON.parse` keeps the last one; whoever looked at the body before may have read the first
 * (RFC 8259, 4). The texts are valid JSON already.
 */

const [BACKSLASH, QUOTE, COLON] = [0x5c, 0x22, 0x3a];

/** Where a member stands twice, as `limits.requestsPerMinute`; undefined when none does. `value` is what `text` was parsed to. */
export function findDuplicate(text: string, value: unknown): string | undefined {
  // Outside of strings there is one colon for each member: when as many members are left, none was dropped. It costs no allocation.
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

/** Not by recursion: a body may be thousands of brackets deep. */
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

/** An object or array that is open, where it stands, and the member or element that is being read. */
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
