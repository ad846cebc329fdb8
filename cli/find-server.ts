/** Finds the server that a command speaks to, and the token that it accepts. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultData, defaultProfile, defaultUrl, tokenForUrl } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { type Profiles, profileNamed, readProfiles } from "./profiles-file.ts";

const DATA = "./data";

export interface ServerOptions {
  readonly profile?: string;
  readonly data?: string;
  readonly url?: string;
}

export interface FoundServer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** What to try when nothing responds there. */
  readonly whenSilent: string;
  /** What to try when the token is refused. */
  readonly whenRefused: string;
}

/**
 * The server that the options name; or else the one that the environment names: KEYWARD_URL, KEYWARD_PROFILE, KEYWARD_DATA; or else the one on
 * ./data, if one runs there; or else the profile in use. A server nearby goes before one elsewhere, as it did before there were profiles.
 */
export async function findServer({ profile, data, url }: ServerOptions): Promise<FoundServer> {
  if (url !== undefined) return elsewhere(url, "--url");
  if (profile !== undefined) return signedInTo(await readProfiles(), profile);
  if (data !== undefined) return announcedIn(data);
  const named = { url: defaultUrl(), profile: defaultProfile(), data: defaultData() };
  if (named.url !== undefined) return elsewhere(named.url, "KEYWARD_URL");
  if (named.profile !== undefined) return signedInTo(await readProfiles(), named.profile);
  if (named.data !== undefined || existsSync(join(DATA, "server.json"))) return announcedIn(named.data ?? DATA);
  const profiles = await readProfiles();
  return profiles.current === null ? announcedIn(DATA) : signedInTo(profiles, profiles.current);
}

/** With the token in KEYWARD_TOKEN, or else that of a profile with this address. */
async function elsewhere(text: string, setting: string): Promise<FoundServer> {
  const address = readAddress(text, setting);
  const own = tokenForUrl();
  if (own !== "") return withToken(address, own, setting);
  const { profiles } = await readProfiles();
  const name = Object.keys(profiles).find((each) => profiles[each]?.url === address);
  return name === undefined ? withToken(address, own, setting) : signedInTo({ current: null, profiles }, name);
}

function signedInTo(profiles: Profiles, name: string): FoundServer {
  const { url, token } = profileNamed(profiles, name);
  const whenRefused = `sign in again: \`keyward login --url ${url} --profile ${name}\``;
  return { url, token, whenSilent: "check that the server runs, or use another one: `keyward profiles list`", whenRefused };
}

async function announcedIn(directory: string): Promise<FoundServer> {
  const file = join(directory, "server.json");
  const whenSilent = `start it with \`npm start\` or \`bin/keyward serve --data ${directory}\`, or name another data directory with --data, or an address with --url`;
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT")
      throw new Failure(`no server runs on the data directory ${directory}: there is no server.json in it`, { next: whenSilent });
    throw new Failure(`${file} cannot be read (${error.code ?? error.message})`, {
      next: "run this command as the user that runs the server",
    });
  });
  const { url, token } = parse(text, file);
  const whenRefused = `the server at ${url} is not the one that wrote ${file}: start that one again, or name the right data directory with --data`;
  return { url: url.replace(/\/+$/, ""), token, whenSilent, whenRefused };
}

/** Whether the server at this address has announced itself in the directory, on this machine. */
export async function isServedFrom(directory: string, url: string): Promise<boolean> {
  return announcedIn(directory).then(
    (found) => found.url === url,
    () => false,
  );
}

function parse(text: string, file: string): { url: string; token: string } {
  try {
    const { url, token } = JSON.parse(text);
    if (typeof url === "string" && typeof token === "string") return { url, token };
  } catch {
    // The reason would repeat parts of the file, and with them parts of the token.
  }
  throw new Failure(`${file} is not what a server writes`, { next: "restart the server" });
}

function withToken(address: string, token: string, setting: string): FoundServer {
  const whenRefused =
    "put a token that may do this into KEYWARD_TOKEN: the operator's, a management JWT (`keyward token`) or, to verify, a service token; or sign in with `keyward login`";
  if (token === "")
    throw new Failure(`KEYWARD_TOKEN is not set; ${setting} needs it`, { exitCode: EXIT.notAuthenticated, next: whenRefused });
  // fetch would refuse it too, and repeat it in its message.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Failure("KEYWARD_TOKEN holds characters that no token has", { exitCode: EXIT.notAuthenticated, next: whenRefused });
  return { url: address, token, whenSilent: "check the address, or start the server there", whenRefused };
}

/** The address of a server elsewhere, without a slash at its end. @throws Failure that names the setting and does not repeat the address */
export function readAddress(text: string, setting: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new Failure(`${setting} must be an http or https URL, such as https://keys.example.com`, { exitCode: EXIT.usage });
  if (url.username !== "" || url.password !== "")
    throw new Failure(`${setting} must not hold a user name or password; KEYWARD_TOKEN holds the token`, { exitCode: EXIT.usage });
  return url.href.replace(/\/+$/, "");
}
