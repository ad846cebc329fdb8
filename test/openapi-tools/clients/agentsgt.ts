/** AgentsGT's envelope around what a key pair is told. */
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";
import { type Server, succeeded } from "./server.ts";

export async function usePlatform({ url, operatorToken }: Server) {
  const operator = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${operatorToken}` } });
  const { id: organizationId } = succeeded(await operator.POST("/keyward/v1/organizations", { body: { name: "Acme" } }));
  const { id, publicKey, secretKey } = succeeded(
    await operator.POST("/keyward/v1/organizations/{organizationId}/keys", {
      params: { path: { organizationId } },
      body: { domains: ["example.com"] },
    }),
  );
  const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${publicKey}:${secretKey}` } });
  const { success, data } = succeeded(await client.GET("/keyward/v1/whoami"));
  const { error } = await client.GET("/keyward/v1/whoami", { headers: { authorization: "Bearer pk_no:sk_no" } });
  const refused: false | undefined = error?.success;
  return { success, isSame: data.keyId === id, refused };
}
