/** API keys. */
import { everyPage } from "../every-page.ts";
import { newIdempotencyKey } from "../idempotency-key.ts";
import type { Body, Query, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/keys";
const ONE = "/keyward/v1/organizations/{organizationId}/keys/{keyId}";

export interface IssueOptions extends CallOptions {
  /** 1 to 255 printable ASCII characters; Default: a new one for each call, so that a repeated attempt never makes two keys. */
  readonly idempotencyKey?: string | undefined;
}

export function keysResource(send: Send) {
  const list = (organizationId: string, query: Query<`GET ${typeof ALL}`> = {}, options?: CallOptions) =>
    send(`GET ${ALL}`, { params: { organizationId }, query }, options);
  return {
    /** One page, newest first unless `sort` says otherwise. A cursor belongs to the query that it came from. */
    list,
    /** All that the query finds, page after page: `for await (const key of client.keys.listAll(id))`. */
    listAll: (organizationId: string, query: Omit<Query<`GET ${typeof ALL}`>, "cursor" | "limit"> = {}, options?: CallOptions) =>
      everyPage((page) => list(organizationId, { ...query, ...page }, options)),
    /**
     * A new key. Its secret is in this response alone: `key`, or `publicKey` and `secretKey`. It is absent when an earlier attempt with
     * the same Idempotency-Key had arrived after all: revoke the key then, and make another.
     * @throws KeywardError `key_limit_reached`, `invalid_request` with `field`
     */
    create: (organizationId: string, body: Body<`POST ${typeof ALL}`> = {}, options?: IssueOptions) =>
      send(
        `POST ${ALL}`,
        { params: { organizationId }, body },
        { ...options, idempotencyKey: options?.idempotencyKey ?? newIdempotencyKey() },
      ),
    /** Its record, without the secret. @throws KeywardError `not_found`, also for keys of others */
    get: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`GET ${ONE}`, { params: { organizationId, keyId } }, options),
    /** A key by its id alone, in any of the caller's organizations. */
    find: (keyId: string, options?: CallOptions) => send("GET /keyward/v1/keys/{keyId}", { params: { keyId } }, options),
    /**
     * The record of a key of the organization, by the key itself: the secret, or a pair or either half of it. Counts as no use.
     * @throws KeywardError `not_found`, also for keys of others
     */
    findByKey: (organizationId: string, key: string, options?: CallOptions) =>
      send(`POST ${ALL}/find`, { params: { organizationId }, body: { key } }, options),
    /** Changes what is given. @throws KeywardError `key_not_active`, `already_rotated` */
    update: (organizationId: string, keyId: string, body: Body<`PATCH ${typeof ONE}`>, options?: CallOptions) =>
      send(`PATCH ${ONE}`, { params: { organizationId, keyId }, body }, options),
    /** A successor; both work until the overlap ends. For its secret see `create`. @throws KeywardError `key_not_active`, `already_rotated` */
    rotate: (organizationId: string, keyId: string, body: Body<`POST ${typeof ONE}/rotate`> = {}, options?: IssueOptions) =>
      send(
        `POST ${ONE}/rotate`,
        { params: { organizationId, keyId }, body },
        { ...options, idempotencyKey: options?.idempotencyKey ?? newIdempotencyKey() },
      ),
    /** Revokes for good: the key is refused as soon as this returns. */
    revoke: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`DELETE ${ONE}`, { params: { organizationId, keyId } }, options),
    /** Links an unclaimed key to the organization. Only on platforms with unclaimed keys. @throws KeywardError `not_claimable`, `already_claimed` */
    claim: (organizationId: string, key: string, options?: CallOptions) =>
      send(`POST ${ALL}/claim`, { params: { organizationId }, body: { key } }, options),
    /** The full key once more. Only where the platform seals keys; the audit log has each showing. */
    show: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`POST ${ONE}/show`, { params: { organizationId, keyId } }, options),
    /** What became of its requests, interval by interval. */
    usage: (organizationId: string, keyId: string, query: Query<`GET ${typeof ONE}/usage`> = {}, options?: CallOptions) =>
      send(`GET ${ONE}/usage`, { params: { organizationId, keyId }, query }, options),
    /** What is left of its limits now. */
    limits: (organizationId: string, keyId: string, options?: CallOptions) =>
      send(`GET ${ONE}/limits`, { params: { organizationId, keyId } }, options),
    /** Whether a request with this credential would pass. Counts nothing. */
    test: (organizationId: string, keyId: string, body: Body<`POST ${typeof ONE}/test`>, options?: CallOptions) =>
      send(`POST ${ONE}/test`, { params: { organizationId, keyId }, body }, options),
  };
}
