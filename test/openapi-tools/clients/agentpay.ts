/** AgentPay's own key route, without any credential. */
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";
import { type Server, succeeded } from "./server.ts";

export async function usePlatform({ url }: Server) {
  const client = createClient<paths>({ baseUrl: url });
  const { id, label, key } = succeeded(await client.POST("/api-keys", { body: { label: "ci" } }));
  const whoami = succeeded(await client.GET("/keyward/v1/whoami", { headers: { "x-api-key": key } }));
  return { label, isSame: whoami.keyId === id };
}
