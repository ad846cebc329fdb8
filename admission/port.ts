/**
 * The port between an application and Keyward: header lines in; the identity of a key, or a response that refuses the request, out. Keyward in
 * the same process (`keyward()`) implements it, and so does Keyward elsewhere (`keywardAt()` of the SDK). The adapters know nothing else.
 * This file has types alone, so that it can be part of packages without dependencies.
 */

/** Where a request comes from. An `IncomingMessage` of node:http is one. */
export interface Client {
  /** Header lines, names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Undefined where nothing is known of the connection, as in a `fetch` handler. */
  readonly socket: { readonly remoteAddress?: string | undefined } | undefined;
  readonly method?: string | undefined;
  /** The path, perhaps with a query. */
  readonly url?: string | undefined;
  /** The same, where a router of Express or Connect has cut the path that it is mounted at from `url`. */
  readonly originalUrl?: string | undefined;
  /** The id that the application itself has for the request. One is made for a refusal when absent. */
  readonly requestId?: string | undefined;
}

/** What a request needs besides a valid key. */
export interface Need {
  /** Scopes that the key must have, all of them. */
  readonly scopes?: readonly string[] | undefined;
  /** What the request is about, for keys that are restricted to some resources: the address of an agent. */
  readonly resource?: string | undefined;
}

/** What an application learns about the key of a request, as `request.apiKey`. `whoami` has the same members. */
export interface KeyIdentity {
  readonly keyId: string;
  /** Null for a key that nobody has claimed. */
  readonly organizationId: string | null;
  readonly environment: "live" | "test";
  readonly scopes: readonly string[];
  /** The resources that the key is restricted to; null for no restriction. */
  readonly resources: readonly string[] | null;
  /** ISO 8601 in UTC; null for a key that does not expire. */
  readonly expiresAt: string | null;
}

/** A response as a plain value, before any framework sees it. */
export interface PlainResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text, sent as UTF-8; undefined for a response without a body. */
  readonly body: string | undefined;
}

/** Either the key of an admitted request; or the response that refuses it, complete and in the platform's form. */
export type Decision =
  | {
      readonly apiKey: KeyIdentity;
      /** Headers that the response must carry: rate limits, CORS. */
      readonly headers: Readonly<Record<string, string>>;
      /**
       * Must be called when the response has ended: until then the request counts as concurrent. Later calls do nothing. Undefined when the
       * key has no limit of concurrent requests, so that nothing is held.
       */
      readonly release: (() => void) | undefined;
    }
  | { readonly refusal: PlainResponse };

export interface AdmissionPort {
  /** Decides about a request. Never throws and never rejects: when it cannot be decided, the request is refused with 503. */
  admit(client: Client, need?: Need): Decision | Promise<Decision>;
  /** Checks what a route needs, when the route is declared. @throws TypeError, RangeError with one sentence that says what is wrong. */
  checkNeed(need: Need): void;
}
