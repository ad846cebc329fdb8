/**
 * Finds dot segments in the path of a request. The gateway prepends the path of `--upstream`, and the platform's rules are matched against the
 * path as received; both are bypassed if the upstream resolves `..`. Servers decode and clean paths in many ways, so a segment is refused if
 * any known way makes it `.` or `..`.
 */

/** No legitimate path has more layers of percent-encoding. Bounds the work for a hostile one. */
const MAX_LAYERS = 8;
const ENCODED = /%(?:u00)?([0-9a-f]{2})/gi;
/** Encodings of ASCII in two to four bytes, which UTF-8 forbids and lenient decoders accept. */
const OVERLONG = /(?:[\xc0\xc1]|\xe0[\x80\x81]|\xf0\x80[\x80\x81])[\x80-\xbf]/g;
/** A segment may end with Windows' separator, path parameters (Tomcat, Jetty), a decoded query or fragment, or NUL (C). */
const DOT_SEGMENT = /[/\\]\.{1,2}(?:[/\\;?#\0]|$)/;
/** White space and control characters, which some servers trim or skip. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const SKIPPED = /[\x01-\x20\x7f]/g;

/**
 * Whether a request target, in origin form, has a dot segment in its path: `..`, `%2e.`, `%252e%252e`, `..%2f`, `..\`, `..;x`, overlong or
 * full-width dots, and `.` likewise. Also true where the path is encoded more than eight times over. The query is not looked at.
 */
export function hasDotSegment(target: string): boolean {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.includes("%")) return path.includes(".") && DOT_SEGMENT.test(path);
  const decoded = decodeFully(path);
  return decoded === undefined || DOT_SEGMENT.test(decoded.replace(SKIPPED, ""));
}

/** The path without any percent-encoding, as the most lenient server reads it; undefined beyond the maximum of layers. */
function decodeFully(path: string): string | undefined {
  let text = path;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const decoded = text.replace(ENCODED, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (decoded === text) return foldToAscii(text);
    text = decoded;
  }
  return undefined;
}

/** Converts characters that some servers read as `.`, `/` or `\`: overlong UTF-8, and look-alikes mapped to a code page. */
function foldToAscii(bytes: string): string {
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  const shortest = bytes.replace(OVERLONG, (sequence) =>
    String.fromCharCode(((sequence.charCodeAt(sequence.length - 2) & 0x1f) << 6) | (sequence.charCodeAt(sequence.length - 1) & 0x3f)),
  );
  return Buffer.from(shortest, "latin1").toString("utf8").normalize("NFKC");
}
