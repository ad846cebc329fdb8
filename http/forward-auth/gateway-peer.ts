/** Whether a trusted proxy asks: only then its headers tell of another request. */
import type { IncomingMessage } from "node:http";
import { isTrusted } from "../../admission/trusted-proxies.ts";
import type { HttpContext } from "../context.ts";

/** The returned function remembers the last peer, for nearly all requests come from one gateway. It logs the first gateway that is not trusted. */
export function gatewayPeer({ trustedProxies, log }: Pick<HttpContext, "trustedProxies" | "log">): (request: IncomingMessage) => boolean {
  let peer = "";
  let isGateway = false;
  let hasHinted = false;
  return ({ socket: { remoteAddress = "" }, rawHeaders }) => {
    if (remoteAddress !== peer) {
      peer = remoteAddress;
      isGateway = isTrusted(remoteAddress, trustedProxies);
    }
    if (!isGateway && !hasHinted && namesOriginal(rawHeaders)) {
      hasHinted = true;
      log.error({ peer }, "forward-auth ignores the X-Forwarded-* headers of a gateway that KEYWARD_TRUSTED_PROXIES does not name");
    }
    return isGateway;
  };
}

function namesOriginal(rawHeaders: readonly string[]): boolean {
  return rawHeaders.some((name, at) => at % 2 === 0 && /^x-(?:forwarded-uri|original-url)$/i.test(name));
}
