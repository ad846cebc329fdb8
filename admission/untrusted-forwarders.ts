/** Peers that send `X-Forwarded-For` and are not trusted: most often a proxy that the operator forgot to name. */
import type { BlockList } from "node:net";
import type { Client } from "./client-address.ts";
import { canonicalAddress, isTrusted } from "./trusted-proxies.ts";

const MOST = 8;

export class UntrustedForwarders {
  readonly #trusted: BlockList;
  readonly #seen = new Set<string>();

  constructor(trusted: BlockList) {
    this.#trusted = trusted;
  }

  /** The first eight addresses. */
  get addresses(): readonly string[] {
    return [...this.#seen];
  }

  note({ rawHeaders, socket }: Client): void {
    const peer = socket?.remoteAddress;
    if (peer === undefined || this.#seen.size >= MOST || isTrusted(peer, this.#trusted)) return;
    if (rawHeaders.some((name, at) => at % 2 === 0 && name.toLowerCase() === "x-forwarded-for")) this.#seen.add(canonicalAddress(peer));
  }
}
