/** The row that is used when a look-up by credential finds no key. Its ids belong to nothing, and it is revoked, so that it is never admitted. */
import { encodeUlid } from "../../engine/ulid.ts";
import type { FoundRow } from "./found-row.ts";

const ULID = encodeUlid(0n);
/** As long as a real digest, with a version that does not exist. */
const DIGEST = "0:".padEnd(45, "-");

export const DECOY: Readonly<FoundRow> = Object.freeze({
  id: `key_${ULID}`,
  organization_id: `org_${ULID}`,
  environment: "live",
  prefix: "".padEnd(12, "-"),
  digest: DIGEST,
  public_key: null,
  sealed: null,
  created_at: 0,
  updated_at: 0,
  revoked_at: 0,
  counter_id: `key_${ULID}`,
  predecessor_id: null,
  successor_id: null,
  domains: "[]",
  resources: null,
  name: "an ordinary name",
  enabled: 0,
  expires_at: null,
  scopes: "[]",
  requests_per_minute: null,
  requests_per_day: null,
  concurrent_requests: null,
  last_used_at: 0,
  plan: "unlimited",
  state: null,
  limit_name: null,
  limit_value: null,
});
