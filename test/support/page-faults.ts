/** What a page must never do while a test looks at it: speak with another host, break the content security policy, fail in its console. */
import type { BrowserContext, ConsoleMessage, Page, Request, WebError } from "playwright-core";
import { forgettingSecrets } from "./shown-secrets.ts";

export interface PageFaults {
  /** Says that the test makes something go wrong on purpose: one fault or several that this matches are none. */
  announce(expected: RegExp): void;
  /** What went wrong unannounced, in sentences; and what was announced and never came. */
  all(): readonly string[];
  /** Ends the watch, for a context that is used again. */
  stop(): Promise<void>;
}

const VIOLATION = "keywardTestViolation";
const LISTENER = `addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) =>
  globalThis.${VIOLATION}(effectiveDirective + " blocked " + blockedURI + " in " + sourceFile))`;

/** Watches every page of a context from now on. `hosts`: those that may be spoken with, such as `127.0.0.1:4000`. */
export async function watchFaults(context: BrowserContext, hosts: readonly string[]): Promise<PageFaults> {
  const found: string[] = [];
  const expected = new Map<RegExp, number>();
  const note = (fault: string) => void found.push(forgettingSecrets(fault));

  const listeners = {
    request: (request: Request) => {
      const fault = foreignHost(request.url(), hosts);
      if (fault !== undefined) note(fault);
    },
    page: (page: Page) => watchPage(page, hosts, note),
    weberror: (error: WebError) => note(`uncaught exception: ${error.error().message}`),
    console: (message: ConsoleMessage) => {
      if (message.type() === "error") note(`console error: ${message.text()} (${message.location().url})`);
    },
  };
  const on = context.on as (event: string, listener: unknown) => void;
  const off = context.off as (event: string, listener: unknown) => void;
  for (const [event, listener] of Object.entries(listeners)) on.call(context, event, listener);
  const binding = await context.exposeBinding(VIOLATION, (_source, violation: string) => note(`content security policy: ${violation}`));
  const script = await context.addInitScript(LISTENER);

  return {
    announce: (pattern) => void expected.set(pattern, 0),
    all() {
      const unannounced = found.filter((fault) => ![...expected.keys()].some((pattern) => pattern.test(fault)));
      const missing = [...expected.keys()].filter((pattern) => !found.some((fault) => pattern.test(fault)));
      return [...unannounced, ...missing.map((pattern) => `announced, and never came: ${pattern}`)];
    },
    async stop() {
      for (const [event, listener] of Object.entries(listeners)) off.call(context, event, listener);
      await script.dispose();
      await binding.dispose();
    },
  };
}

function watchPage(page: Page, hosts: readonly string[], note: (fault: string) => void): void {
  page.on("websocket", (socket) => {
    const fault = foreignHost(socket.url(), hosts);
    if (fault !== undefined) note(fault);
  });
  page.on("crash", () => note("the page crashed"));
}

function foreignHost(address: string, hosts: readonly string[]): string | undefined {
  const { protocol, host } = new URL(address);
  if (["data:", "blob:", "about:"].includes(protocol) || hosts.includes(host)) return undefined;
  return `request to another host: ${address}`;
}
