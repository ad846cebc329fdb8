/** A program that manages keys through the types of a generated client: compiled and run once for each platform. */
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";
import { type Server, succeeded } from "./server.ts";

export async function useKeys({ url, operatorToken }: Server) {
  const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${operatorToken}` } });
  const { id: organizationId } = succeeded(await client.POST("/keyward/v1/organizations", { body: { name: "Acme" } }));
  const { token } = succeeded(await client.POST("/keyward/v1/service-tokens", { body: { name: "api" } }));
  const verify = async (key: string): Promise<string> =>
    succeeded(await client.POST("/keyward/v1/verify", { body: { key }, headers: { authorization: `Bearer ${token}` } })).code;
  const inOrganization = { organizationId };
  const create = async (name: string) =>
    succeeded(
      await client.POST("/keyward/v1/organizations/{organizationId}/keys", {
        params: { path: inOrganization, header: { "Idempotency-Key": name } },
        body: { name, limits: { requestsPerMinute: 16_777_217 } },
      }),
    );
  const created = [await create("one"), await create("two"), await create("three")];

  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 2, ...(cursor !== undefined && { cursor }) };
    const page = succeeded(
      await client.GET("/keyward/v1/organizations/{organizationId}/keys", { params: { path: inOrganization, query } }),
    );
    pages.push(page.data.map(({ name }) => name ?? ""));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);

  const [first] = created;
  if (first === undefined) throw new Error("no key was created");
  const ofFirst = { path: { ...inOrganization, keyId: first.id } };
  const rotated = succeeded(
    await client.POST("/keyward/v1/organizations/{organizationId}/keys/{keyId}/rotate", { params: ofFirst, body: { overlap: "0s" } }),
  );
  // @ts-expect-error The types know what a key has, and what it has not.
  if (rotated.nothing !== undefined) throw new Error("a key has a member that is not documented");
  const codes = { predecessor: await verify(credentialOf(first)), successor: await verify(credentialOf(rotated)) };
  const revoked = await client.DELETE("/keyward/v1/organizations/{organizationId}/keys/{keyId}", {
    params: { path: { ...inOrganization, keyId: rotated.id } },
  });
  const absent = await client.GET("/keyward/v1/organizations/{organizationId}", { params: { path: { organizationId: "org_nobody" } } });
  return {
    limit: first.limits.requestsPerMinute,
    pages,
    codes,
    revoked: [revoked.response.status, await verify(credentialOf(rotated))],
    // Typed, too: a platform's own form, or problem details.
    refusal: absent.error,
  };
}

function credentialOf({ key, publicKey, secretKey }: { key?: string; publicKey?: string | null; secretKey?: string }): string {
  return key ?? `${publicKey}:${secretKey}`;
}
