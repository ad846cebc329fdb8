/** What a node has to say, as lines of a log. */
import type { NodeEvent } from "./node.ts";

interface Log {
  info(details: Readonly<Record<string, unknown>>, message: string): void;
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

type Line = readonly [level: keyof Log, message: string];

const LINES: Readonly<Record<NodeEvent["kind"], Line>> = {
  leased: ["info", "this node answers from memory"],
  degraded: ["warn", "this node has lost its lease and reads every key from the database until it is renewed"],
  joining_again: ["warn", "this node has missed changes; it empties its memory and joins the others again"],
  peer_evicted: ["warn", "another node did not renew its lease and was removed from the list of nodes"],
  unwoken: [
    "warn",
    "no notifications arrive from the database, so changes take longer: a pooler in transaction mode swallows LISTEN; connect to PostgreSQL itself",
  ],
  woken: ["info", "notifications arrive from the database again"],
};

export function nodeLog(log: Log): (event: NodeEvent) => void {
  return ({ kind, ...details }) => {
    const [level, message] = LINES[kind];
    log[level](details, message);
  };
}
