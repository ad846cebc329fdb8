/** Checks the head of a request before any surface sees it: its Host and its target (RFC 9112, 3.2). */
import type { IncomingMessage } from "node:http";

/** A name, an IPv4 or a bracketed IPv6 address, and optionally a port (RFC 3986, 3.2.2); no user, path or space. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
/** The last valid Host: nearly all requests to a server have the same. */
let lastGood: string | undefined;

/** The fault as a sentence for the client; undefined if there is none. Node itself accepts two hosts, of which it uses the first, and any text as a host. */
export function faultInHead(request: IncomingMessage): string | undefined {
  const { rawHeaders, httpVersionMajor, httpVersionMinor } = request;
  let host: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== 4 || name.toLowerCase() !== "host") continue;
    if (host !== undefined) return "The request names more than one Host.";
    host = rawHeaders[at + 1] as string;
  }
  // HTTP/1.0 does not require one.
  if (host === undefined) return httpVersionMajor === 1 && httpVersionMinor === 0 ? faultInTarget(request) : "The request names no Host.";
  if (host !== lastGood) {
    if (!HOST.test(host) || !URL.canParse(`http://${host}/`)) return "The Host of the request is not readable.";
    lastGood = host;
  }
  return faultInTarget(request);
}

/** The asterisk form (OPTIONS *) is not supported. */
function faultInTarget({ url = "" }: IncomingMessage): string | undefined {
  return url.startsWith("/") || /^https?:\/\//i.test(url) ? undefined : "The request target must be a path.";
}
