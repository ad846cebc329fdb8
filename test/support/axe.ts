/** Accessibility as axe-core judges it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** The part of axe's result that is read here. */
interface Violation {
  readonly id: string;
  readonly impact: "minor" | "moderate" | "serious" | "critical" | null;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly html: string; readonly failureSummary?: string }[];
}

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Guards that keep the focus within a menu are hidden and take the focus for a moment: they pass it on. */
const CONTEXT = "{ include: [document], exclude: ['[data-base-ui-focus-guard]'] }";
/** Motion that is under way has colors that nobody reads. */
const SETTLED = "Promise.allSettled(document.getAnimations().filter((one) => one.playState === 'running').map((one) => one.finished))";

/**
 * That no style turns a page by how the screen is held. For this rule alone axe fetches and parses all style sheets again, which are the same
 * for every screen: it is judged where it is asked for.
 */
export const ORIENTATION = "css-orientation-lock";

interface AxeOptions {
  /** These rules alone; else all, with the one about the size of what is tapped, which axe leaves out by itself. */
  readonly rules?: readonly string[];
}

/** @throws Error that names each element and what is wrong with it, when something is more than minor. A menu need not stand in a landmark. */
export async function axe(page: Page, { rules }: AxeOptions = {}): Promise<void> {
  await Promise.race([page.evaluate(SETTLED), page.waitForTimeout(1_000)]);
  // Evaluated, not added as an element: the page's content security policy would rightly refuse that.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(`${source}; undefined`);
  const chosen = rules === undefined ? { rules: { "target-size": { enabled: true } } } : { runOnly: { type: "rule", values: rules } };
  // What is right need not be told: telling it takes half of the time.
  const options = { ...chosen, resultTypes: ["violations"], preload: rules?.includes(ORIENTATION) === true };
  const violations = await page.evaluate<Violation[]>(
    `axe.run(${CONTEXT}, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  const grave = violations.filter(
    ({ id, impact, nodes }) => impact !== "minor" && !(id === "region" && nodes.every(({ html }) => /role="menu"/.test(html))),
  );
  if (grave.length > 0) throw new Error(`${page.url()}\n${grave.map(sentences).join("\n")}`);
}

function sentences({ id, impact, help, nodes }: Violation): string {
  const elements = nodes.map(({ target, html, failureSummary = "" }) => {
    const why = failureSummary.split("\n").slice(1).join(" ").replace(/\s+/g, " ").trim();
    return `    ${target.join(" ")}: ${why}\n      ${html.slice(0, 200)}`;
  });
  return `  ${impact}: ${help} (${id})\n${elements.join("\n")}`;
}
