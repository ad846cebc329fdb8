/** Finds what a request to the platform's own API needs: a scope, an agent's session, or just a key. */
import type { Ask } from "../engine/judge.ts";
import type { OperationRule, Platform } from "../platforms/define.ts";

type Requirement =
  | { readonly kind: "key"; readonly ask: Ask | undefined }
  | { readonly kind: "agent" }
  /** The platform lists no such operation. An endpoint added to its API later is refused until it is listed. */
  | { readonly kind: "none" };

const ANY_KEY: Requirement = Object.freeze({ kind: "key", ask: undefined });
const AGENT: Requirement = Object.freeze({ kind: "agent" });
/** Backends split paths with these differently: encoded slashes and dots, backslashes, fragments, empty segments. They match no operation. */
const AMBIGUOUS = /%2f|%5c|%2e|[\\#]|\/\//i;
const NO_ROUTE: Requirement = Object.freeze({ kind: "none" });

/** Whether servers split the path of a target in different ways. */
export function isAmbiguous(target: string): boolean {
  return AMBIGUOUS.test(target.split("?", 1)[0] ?? "") || target.includes("#");
}

/** Compiles the rules once. The returned function takes a method and a request target without dot segments; HEAD needs what GET needs. */
export function operationRules({ operations, canonicalResource }: Platform): (method: string, target: string) => Requirement {
  if (operations === null) return () => ANY_KEY;
  const rules = operations.map((rule) => ({ ...rule, pattern: toPattern(rule) }));
  return (method, target) => {
    const path = target.split("?", 1)[0] ?? "";
    if (isAmbiguous(target)) return NO_ROUTE;
    const asked = method === "HEAD" ? "GET" : method;
    const rule = rules.find((candidate) => candidate.method === asked && candidate.pattern.test(path));
    if (rule === undefined) return NO_ROUTE;
    if (rule.needs === "agent") return AGENT;
    const about = rule.resource === undefined ? "" : (rule.pattern.exec(path)?.groups?.[rule.resource] ?? "");
    return { kind: "key", ask: { scopes: [rule.needs.scope], resource: canonicalResource(decode(about)) } };
  };
}

function toPattern({ path }: OperationRule): RegExp {
  return new RegExp(`^${path.replace(/^\[(.+)\]/, "(?:$1)?").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}/?$`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
