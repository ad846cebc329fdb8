/** A system whole, as somebody tries it: `bin/keyward serve --platform X --example`, and calls as its page has them. */
import { secret } from "../support/root.ts";
import { call, type Reply, type StartOptions, suiteServer, type TestServer } from "../support/server.ts";

type Ask = (method: string, path: string, body?: unknown) => Promise<Reply>;

interface System {
  readonly server: TestServer;
  /** Calls with these headers; a body is sent as JSON. */
  as(headers: Record<string, string>): Ask;
}

export function systemWithExample(platform: string, options: StartOptions = {}): System {
  const server = suiteServer({ ...options, platform, args: ["--example", ...(options.args ?? [])] });
  return {
    server,
    as: (headers) => (method, path, body) =>
      call(server.url + path, {
        method,
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}

/** A management JWT of an organization, as `keyward token` makes it. */
export async function managementJwt(server: TestServer, organizationId: string): Promise<string> {
  const { json } = await server.operator("POST", `/keyward/v1/organizations/${organizationId}/tokens`, { ttl: "15m" });
  return secret(json.token);
}
