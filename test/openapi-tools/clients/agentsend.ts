/** AgentSend's own key routes, with a key of the account. */
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";
import { type Server, succeeded } from "./server.ts";

export async function usePlatform({ url, operatorToken }: Server) {
  const operator = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${operatorToken}` } });
  const { id: organizationId } = succeeded(await operator.POST("/keyward/v1/organizations", { body: { name: "Acme" } }));
  const first = succeeded(
    await operator.POST("/keyward/v1/organizations/{organizationId}/keys", {
      params: { path: { organizationId } },
      body: { name: "first" },
    }),
  );
  const client = createClient<paths>({ baseUrl: url, headers: { "x-api-key": first.key ?? "" } });
  const { id, key, name } = succeeded(await client.POST("/account/api-keys", { body: { name: "second" } }));
  const listed = succeeded(await client.GET("/account/api-keys")).data.map(({ id: listedId, createdAt }) => [listedId, typeof createdAt]);
  const whoami = succeeded(await client.GET("/keyward/v1/whoami", { headers: { "x-api-key": key } }));
  const revoked = await client.DELETE("/account/api-keys/{id}", { params: { path: { id } } });
  const self = await client.DELETE("/account/api-keys/{id}", { params: { path: { id: first.id } } });
  return {
    name,
    isSame: whoami.keyId === id,
    isListed: listed.some(([listedId, type]) => listedId === id && type === "string"),
    statuses: [revoked.response.status, self.response.status],
    refusal: self.error?.code,
  };
}
