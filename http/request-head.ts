/** What is wrong with the head of a request before any surface looks at it: its Host and its target (RFC 9112, 3.2). */
import type { IncomingMessage } from "node:http";

/** A name, an IPv4 or a bracketed IPv6 address, and perhaps a port (RFC 3986, 3.2.2); never a user, a path or a space. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
/** The one that was looked at last: nearly all requests to a server name the same. */
let lastGood: string | undefined;

/** A sentence for the client; undefined for a head that can be served. Node itself takes the first of two hosts, and any text for one. */
export function faultInHead(request: IncomingMessage): string | undefined {
  const { rawHeaders, httpVersionMajor, httpVersionMinor } = request;
  let host: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== 4 || name.toLowerCase() !== "host") continue;
    if (host !== undefined) return "The request names more than one Host.";
    host = rawHeaders[at + 1] as string;
  }
  // HTTP/1.0 knew of none.
  if (host === undefined) return httpVersionMajor === 1 && httpVersionMinor === 0 ? faultInTarget(request) : "The request names no Host.";
  if (host !== lastGood) {
    if (!HOST.test(host) || !URL.canParse(`http://${host}/`)) return "The Host of the request is not readable.";
    lastGood = host;
  }
  return faultInTarget(request);
}

/** The asterisk form concerns a server as a whole, and there is nothing to say of this one. */
function faultInTarget({ url = "" }: IncomingMessage): string | undefined {
  return url.startsWith("/") || /^https?:\/\//i.test(url) ? undefined : "The request target must be a path.";
}
