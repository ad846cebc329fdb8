/** People with an account at a running server, signed in the quick way: through the API, without any page. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Role } from "../../engine/roles.ts";
import { Browser, PASSWORD } from "./people.ts";
import { secret } from "./root.ts";
import type { TestServer } from "./server.ts";

/** What a server for browser tests needs in its environment, so that people can make accounts. */
export const PASSWORDS = { KEYWARD_PASSWORD_SIGN_IN: "open", KEYWARD_SIGN_IN_ATTEMPTS: "100000" } as const;

export interface SignedInAs {
  readonly role?: Role;
  /** Made for this person when absent. */
  readonly organizationId?: string | undefined;
  readonly name?: string;
}

export interface Visitor {
  readonly email: string;
  readonly organizationId: string;
  /** Talks to the server as this person. */
  readonly browser: Browser;
  /** For `context.addCookies`. */
  readonly cookies: { name: string; value: string; domain: string; path: string; httpOnly: boolean; sameSite: "Lax" }[];
}

/** A new person with this role. The server must have `PASSWORDS`. */
export async function signedIn(
  server: TestServer,
  { role = "owner", organizationId, name = "Ada Lovelace" }: SignedInAs = {},
): Promise<Visitor> {
  const browser = new Browser(server.url);
  const email = `ada-${randomBytes(6).toString("hex")}@example.com`;
  await expectStatus(204, browser.send("POST", "/keyward/auth/sign-up/email", { name, email, password: PASSWORD }));
  // Whoever signs up owns an organization already.
  const isOwn = organizationId === undefined && role === "owner";
  const place = isOwn ? await browser.organizationId() : (organizationId ?? (await server.newOrganization()));
  if (!isOwn) await accept(server, browser, place, role);
  return { email, organizationId: place, browser, cookies: cookiesOf(browser, server) };
}

/** The operator, by the link that a server without any other way to sign in prints on its first start. It works once for each server. */
export async function signedInOperator(server: TestServer): Promise<Pick<Visitor, "browser" | "cookies">> {
  const browser = new Browser(server.url);
  const link = await printedLink(server);
  await expectStatus(303, browser.send("GET", link));
  return { browser, cookies: cookiesOf(browser, server) };
}

function cookiesOf(browser: Browser, server: TestServer): Visitor["cookies"] {
  const { hostname: domain } = new URL(server.url);
  return [...browser.cookies].map(([name, value]) => ({ name, value, domain, path: "/keyward", httpOnly: true, sameSite: "Lax" }));
}

async function accept(server: TestServer, browser: Browser, organizationId: string, role: Role): Promise<void> {
  const invited = await expectStatus(201, server.operator("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role }));
  const token = secret(invited.json.link.split("#")[1]);
  await expectStatus(200, browser.send("POST", "/keyward/v1/invitations/accept", { token }));
}

async function expectStatus(status: number, sent: ReturnType<Browser["send"]>) {
  const reply = await sent;
  if (reply.status !== status) throw new Error(`expected ${status}: ${reply.status} ${reply.text}`);
  return reply;
}

/** The log may arrive after the line that says where the server listens: they are two streams. */
async function printedLink({ directory }: TestServer): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const link = /signs you in as the operator, once: (\S+)/.exec(readFileSync(join(directory, "server.log"), "utf8"))?.[1];
    if (link !== undefined) return link;
    await setTimeout(50);
  }
  throw new Error("this server has printed no link for its operator");
}
