/** How a reader sees text: a person at a terminal gets relative times and colours, everything else gets plain text. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../engine/duration.ts";

export interface Look {
  readonly colour: boolean;
  /** Times are told relative to this moment, in milliseconds since the epoch. Undefined: as the API has them. */
  readonly now?: number | undefined;
}

export const PLAIN: Look = Object.freeze({ colour: false });

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const UNITS: readonly (readonly [name: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** `3 minutes ago`, `in 2 days`, `now`; text that is no time stays as it is. */
export function relativeTime(text: string, now: number | undefined): string {
  if (now === undefined || !TIME.test(text)) return text;
  const ms = Date.parse(text) - now;
  const [unit, unitMs] = UNITS.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? ["second", SECOND_MS];
  const count = Math.trunc(ms / unitMs);
  return count === 0 ? "now" : relative.format(count, unit);
}

const [GREEN, YELLOW, RED, CYAN, DIM, BOLD] = ["32", "33", "31", "36", "2", "1"] as const;
/** Words that say how something is. */
const COLOURS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  active: GREEN,
  ok: GREEN,
  warning: YELLOW,
  problem: RED,
  valid: GREEN,
  rotating: CYAN,
  disabled: YELLOW,
  expiring: YELLOW,
  rate_limited: YELLOW,
  expired: RED,
  revoked: RED,
  "-": DIM,
});

/** A cell in the colour of its word, with the spaces that align it. */
export function paint(text: string, { colour }: Look): string {
  const code = colour ? COLOURS[text.trimEnd()] : undefined;
  return code === undefined ? text : painted(text, code);
}

/** A heading, or the name of a field. */
export function heading(text: string, { colour }: Look): string {
  return colour ? painted(text, BOLD) : text;
}

function painted(text: string, code: string): string {
  const word = text.trimEnd();
  return `\u001b[${code}m${word}\u001b[0m${text.slice(word.length)}`;
}
