/** AgentWallex's own key routes, with the JWT of a member. */
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";
import { type Server, succeeded } from "./server.ts";

export async function usePlatform({ url, operatorToken }: Server) {
  const operator = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${operatorToken}` } });
  const { id: organizationId } = succeeded(await operator.POST("/keyward/v1/organizations", { body: { name: "Acme" } }));
  const { token } = succeeded(
    await operator.POST("/keyward/v1/organizations/{organizationId}/tokens", { params: { path: { organizationId } }, body: { ttl: "5m" } }),
  );
  const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });
  const create = async (name: string) => succeeded(await client.POST("/api/v1/api-keys", { body: { name } }));
  const created = [await create("one"), await create("two"), await create("three")];
  const page = async (page_num: number) =>
    succeeded(await client.GET("/api/v1/api-keys", { params: { query: { page_num, page_size: 2 } } }));
  const pages = [await page(1), await page(2)].map(({ data, total, has_more }) => [data.map(({ name }) => name), total, has_more]);
  const [{ id, key } = { id: "", key: "" }] = created;
  const path = { id };
  const read = succeeded(await client.GET("/api/v1/api-keys/{id}", { params: { path } }));
  const whoami = succeeded(await client.GET("/keyward/v1/whoami", { headers: { "x-api-key": key, authorization: null } }));
  const { response } = await client.DELETE("/api/v1/api-keys/{id}", { params: { path } });
  const again = await client.DELETE("/api/v1/api-keys/{id}", { params: { path } });
  return {
    pages,
    isSame: read.id === id && whoami.keyId === id,
    statuses: [response.status, again.response.status],
    refusal: again.error?.type,
  };
}
