/** Browser and system from a User-Agent: "Chrome on Linux". A guess: browsers also name other browsers for compatibility. */
const BROWSERS: readonly [mark: RegExp, name: string][] = [
  [/\bEdg(?:A|iOS)?\//, "Edge"],
  [/\b(?:OPR|OPiOS)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\bHeadlessChrome\//, "Headless Chrome"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/\S+ .*\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];

const SYSTEMS: readonly [mark: RegExp, name: string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac ?OS\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** "Unknown browser" if nothing is recognized. */
export function browserInWords(userAgent: string | null): string {
  const browser = nameOf(BROWSERS, userAgent ?? "");
  const system = nameOf(SYSTEMS, userAgent ?? "");
  if (browser === undefined && system === undefined) return "Unknown browser";
  return system === undefined ? `${browser}` : `${browser ?? "A browser"} on ${system}`;
}

function nameOf(table: typeof BROWSERS, text: string): string | undefined {
  return table.find(([mark]) => mark.test(text))?.[1];
}
