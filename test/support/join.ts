/** Joining an organization, as people do: by the link of an invitation. */
import type { Browser, PeopleServer } from "./people.ts";
import { secret } from "./root.ts";

/** Invites with a role and joins. Returns the new member. */
export async function joinAs(
  server: PeopleServer,
  inviter: Browser,
  organizationId: string,
  role: string,
  email: string,
): Promise<Browser> {
  const { link } = (await inviter.send("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role })).json;
  const browser = await server.signUp(email, role);
  const accepted = await browser.send("POST", "/keyward/v1/invitations/accept", { token: secret(new URL(link).hash.slice(1)) });
  if (accepted.status !== 200) throw new Error(`not accepted: ${accepted.text}`);
  return browser;
}
