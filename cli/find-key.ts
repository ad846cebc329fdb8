/** A key's id alone names the key: the organization that its route begins with is asked for first. */
import { type Call, type Json, path } from "./client.ts";

export interface FoundKey {
  readonly record: Json;
  /** `/keyward/v1/organizations/{organizationId}/keys/{keyId}` */
  readonly route: string;
}

export async function findKey(call: Call, id: string): Promise<FoundKey> {
  const record = await call("GET", path`/keys/${id}`);
  return { record, route: path`/organizations/${String(record.organizationId)}/keys/${String(record.id)}` };
}
