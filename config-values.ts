/** How single settings are written: as URLs and as whole numbers. Every refusal names the setting. */

/** Variables by name. An empty one counts as not set, because `PORT=${PORT:-}` in a compose file makes it empty. */
export type Env = Readonly<Record<string, string | undefined>>;

/** @param name of the setting, for the refusal */
export function httpUrl(name: string, text: string, example: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error(`${name} must be an http or https URL, such as ${example}`);
  return url;
}

export function withoutSlash({ href }: URL): string {
  return href.replace(/\/$/, "");
}

/** From 1 to `maximum`; undefined where it is not set. */
export function wholeNumber(env: Env, name: string, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= maximum) return number;
  throw new Error(`${name} must be a whole number ${maximum === Number.MAX_SAFE_INTEGER ? "of at least 1" : `from 1 to ${maximum}`}`);
}
