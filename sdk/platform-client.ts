/** A client of a platform's own API, with the key in its configuration. */
import { checkSecret, readBaseUrl } from "./base-url.ts";
import { sendOver } from "./operations.ts";
import { CREDENTIALS, type PlatformOperations } from "./platforms.ts";
import { type CallOptions, openTransport } from "./transport.ts";

export type PlatformName = keyof PlatformOperations;

export interface PlatformClientOptions<Name extends PlatformName> {
  /** The platform whose API this is. Its documentation says in which header the key stands. */
  readonly platform: Name;
  readonly apiKey: string;
  /** Where the platform's API is: `https://api.example.com`. */
  readonly baseUrl: string;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** For a call with all its attempts, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
}

type Operation<Name extends PlatformName> = keyof PlatformOperations[Name] & string;
type Input<Given> = Omit<Given, "response">;
type ResponseOf<Given> = Given extends { readonly response: infer Value } ? Value : never;

export interface PlatformClient<Name extends PlatformName> {
  /** Calls one of the platform's key routes, or whoami, by method and path. @throws KeywardError, KeywardUnreachable */
  call<Called extends Operation<Name>>(
    operation: Called,
    input?: Input<PlatformOperations[Name][Called]>,
    options?: CallOptions,
  ): Promise<ResponseOf<PlatformOperations[Name][Called]>>;
  /**
   * Calls any endpoint of the platform: `fetch` with the key attached. The path is below `baseUrl`; redirects are not followed, so that the key reaches
   * nobody else.
   * @throws TypeError for a path that leads elsewhere
   */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * ```ts
 * import { platformClient } from "@keyward/sdk";
 *
 * const agentpay = platformClient({ platform: "agentpay", apiKey: process.env.AGENTPAY_KEY ?? "", baseUrl: "https://api.agentpay.example" });
 * const wallets = await (await agentpay.fetch("/wallets")).json();
 * const { keyId } = await agentpay.call("GET /keyward/v1/whoami");
 * console.log(wallets, keyId);
 * ```
 *
 * @throws TypeError with one sentence when an option is malformed; the key is not in it
 */
export function platformClient<Name extends PlatformName>(options: PlatformClientOptions<Name>): PlatformClient<Name> {
  const { platform, apiKey, baseUrl, timeoutMs, fetch = globalThis.fetch } = options;
  const place: { readonly header: string; readonly scheme?: string } | undefined = Object.hasOwn(CREDENTIALS, platform)
    ? CREDENTIALS[platform]
    : undefined;
  if (place === undefined) throw new TypeError(`platform must be one of ${Object.keys(CREDENTIALS).join(", ")}`);
  if (!apiKey) throw new TypeError("apiKey is missing");
  checkSecret(apiKey, "apiKey");
  const base = readBaseUrl(baseUrl, "baseUrl");
  const value = place.scheme === undefined ? apiKey : `${place.scheme} ${apiKey}`;
  const send = sendOver(openTransport({ baseUrl, token: apiKey, fetch, timeoutMs }, { [place.header]: value }));
  return {
    call: (operation, input = {} as never, callOptions) => send(operation, input, callOptions) as never,
    async fetch(path, init = {}) {
      const address = new URL(path.replace(/^\//, ""), base);
      if (address.origin !== base.origin || !address.pathname.startsWith(base.pathname)) throw new TypeError("path must be below baseUrl");
      const headers = new Headers(init.headers);
      headers.set(place.header, value);
      return fetch(address, { ...init, headers, redirect: "manual" });
    },
  };
}
