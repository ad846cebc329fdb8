/** API keys. */
import { everyPage } from "../every-page.ts";
import { newIdempotencyKey } from "../idempotency-key.ts";
import type { Body, Query, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/keys";
const ONE = "/keyward/v1/organizations/{organizationId}/keys/{keyId}";

export interface IssueOptions extends CallOptions {
  /** 1 to 255 printable ASCII characters. Default: a new one for each call, so that a repeated attempt never creates two keys. */
  readonly idempotencyKey?: string | undefined;
}

export function keysResource(send: Send) {
  const list = (organizationId: string, query: Query<`GET ${typeof ALL}`> = {}, options?: CallOptions) =>
    send(`GET ${ALL}`, { params: { organizationId }, query }, options);
  return {
    /** One page, newest first unless `sort` is given. `nextCursor` is null on the last page; pass it as `cursor` with the same query. */
    list,
    /** Iterates over all keys that match the query: `for await (const key of client.keys.listAll(id))`. */
    listAll: (organizationId: string, query: Omit<Query<`GET ${typeof ALL}`>, "cursor" | "limit"> = {}, options?: CallOptions) =>
      everyPage((page) => list(organizationId, { ...query, ...page }, options)),
    /**
     * Creates a key. Its secret is only in this response: `key`, or `publicKey` and `secretKey`. It is absent if an earlier attempt with the
     * same Idempotency-Key had arrived after all: then revoke the key and create another one.
     * @throws KeywardError `key_limit_reached`, `invalid_request` with `field`
     */
    create: (organizationId: string, body: Body<`POST ${typeof ALL}`> = {}, options?: IssueOptions) =>
      send(
        `POST ${ALL}`,
        { params: { organizationId }, body },
        { ...options, idempotencyKey: options?.idempotencyKey ?? newIdempotencyKey() },
      ),
    /** Says which of up to 100 new keys could not be created, and why, and how many more keys the plan allows. Creates nothing. */
    check: (organizationId: string, body: Body<`POST ${typeof ALL}/check`>, options?: CallOptions) =>
      send(`POST ${ALL}/check`, { params: { organizationId }, body }, options),
    /** The record of a key, without the secret. @throws KeywardError `not_found`, also for keys of other organizations */
    get: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`GET ${ONE}`, { params: { organizationId, keyId } }, options),
    /** A key by its id alone, in any of the caller's organizations. */
    find: (keyId: string, options?: CallOptions) => send("GET /keyward/v1/keys/{keyId}", { params: { keyId } }, options),
    /**
     * The record of a key, found by the key itself: the secret, a pair, or either half of a pair. Does not count as a use.
     * @throws KeywardError `not_found`, also for keys of other organizations
     */
    findByKey: (organizationId: string, key: string, options?: CallOptions) =>
      send(`POST ${ALL}/find`, { params: { organizationId }, body: { key } }, options),
    /** Changes the given settings. @throws KeywardError `key_not_active`, `already_rotated`, `invalid_request` with `field` */
    update: (organizationId: string, keyId: string, body: Body<`PATCH ${typeof ONE}`>, options?: CallOptions) =>
      send(`PATCH ${ONE}`, { params: { organizationId, keyId }, body }, options),
    /**
     * Creates the successor of a key. Both work until the overlap ends (`0s` to `30d`, default `24h`). For the secret see `create`.
     * @throws KeywardError `key_not_active`, `already_rotated`
     */
    rotate: (organizationId: string, keyId: string, body: Body<`POST ${typeof ONE}/rotate`> = {}, options?: IssueOptions) =>
      send(
        `POST ${ONE}/rotate`,
        { params: { organizationId, keyId }, body },
        { ...options, idempotencyKey: options?.idempotencyKey ?? newIdempotencyKey() },
      ),
    /** Revokes a key permanently. It is refused once this has resolved. */
    revoke: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`DELETE ${ONE}`, { params: { organizationId, keyId } }, options),
    /** Claims an unclaimed key for the organization, on platforms that have these. @throws KeywardError `not_claimable`, `already_claimed` */
    claim: (organizationId: string, key: string, options?: CallOptions) =>
      send(`POST ${ALL}/claim`, { params: { organizationId }, body: { key } }, options),
    /** Shows the full key again, on platforms that seal keys. The audit log records it. */
    show: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`POST ${ONE}/show`, { params: { organizationId, keyId } }, options),
    /** Its requests by outcome, for each interval of a period. */
    usage: (organizationId: string, keyId: string, query: Query<`GET ${typeof ONE}/usage`> = {}, options?: CallOptions) =>
      send(`GET ${ONE}/usage`, { params: { organizationId, keyId }, query }, options),
    /** The state of its limits now. */
    limits: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`GET ${ONE}/limits`, { params: { organizationId, keyId } }, options),
    /** The verdict that a request with this credential would get now. Counts nothing. */
    test: (organizationId: string, keyId: string, body: Body<`POST ${typeof ONE}/test`>, options?: CallOptions) =>
      send(`POST ${ONE}/test`, { params: { organizationId, keyId }, body }, options),
  };
}
