/**
 * Traces, as those who make spans see them. Without `OTEL_EXPORTER_OTLP_ENDPOINT` nobody has one of these, and no library is loaded. A verification
 * from memory makes no span in any case.
 */
import type { Surface } from "./surfaces.ts";

/** Which traces are kept: `OTEL_TRACES_SAMPLER` and its argument. */
export interface Sampling {
  readonly root: "always_on" | "always_off" | "traceidratio";
  /** From 0 to 1. */
  readonly ratio: number;
  /** A caller that has decided about its trace has decided about our part of it. */
  readonly isParentBased: boolean;
}

/** Nothing in it comes from the client but the method and the id: no path, no query, no key. */
interface TracedRequest {
  readonly method: string;
  /** As it was declared, with parameters in braces. */
  readonly route: string;
  readonly surface: Surface;
  readonly requestId: string | undefined;
  /** `traceparent` among them continues the trace of the caller. */
  readonly rawHeaders: readonly string[];
}

export interface Tracing {
  /** Serves a request within a span. */
  request<Response extends { readonly status: number }>(traced: TracedRequest, serve: () => Promise<Response>): Promise<Response>;
  /** Calls the store within a span, if a span is under way or the call is one that begins a trace. */
  storeCall<Value>(method: string, beginsTrace: boolean, run: () => Promise<Value>): Promise<Value>;
  /** Sends what has not been sent, within two seconds. */
  close(): Promise<void>;
}
