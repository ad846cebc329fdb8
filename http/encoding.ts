/** Content encodings: which ones a client accepts (RFC 9110, 12.5.3). */
export type Encoding = "br" | "gzip" | "identity";

const KNOWN: readonly Encoding[] = ["br", "gzip"];

/** The compressed encodings that `Accept-Encoding` allows, best first: by the client's weights, then the smaller one. */
export function preferredEncodings(acceptEncoding: string | null): Encoding[] {
  const weights = new Map<string, number>();
  for (const part of (acceptEncoding ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name, weight === undefined ? 1 : Number(weight) || 0);
  }
  const weightOf = (encoding: Encoding) => weights.get(encoding) ?? weights.get("*") ?? 0;
  return KNOWN.filter((encoding) => weightOf(encoding) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}
