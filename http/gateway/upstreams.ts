/** The APIs behind the gateway, each for the paths below its prefix. */
import { isAtOrBelow } from "../base-url.ts";
import { openUpstream, type Upstream } from "./upstream.ts";

export interface UpstreamRoute {
  /** Such as `/api`, without a slash at its end; "" for every path. */
  readonly prefix: string;
  /** The base URL of the API. The path of a request is appended to its path as it is, with the prefix. */
  readonly url: URL;
}

interface Upstreams {
  /** The upstream of a target without dot segments: that of the longest prefix; undefined for none. */
  find(target: string): Upstream | undefined;
  /** Ends idle connections. */
  close(): void;
}

/** @param timeoutMs how long an upstream may take to begin its response, in milliseconds */
export function openUpstreams(routes: readonly UpstreamRoute[], timeoutMs: number): Upstreams {
  const opened = routes
    .map(({ prefix, url }) => ({ prefix, upstream: openUpstream({ upstream: url, timeoutMs }) }))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return {
    find: (target) => opened.find(({ prefix }) => prefix === "" || isAtOrBelow(target, prefix))?.upstream,
    close() {
      for (const { upstream } of opened) upstream.close();
    },
  };
}
