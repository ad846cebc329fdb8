/** How a new secret is put to use: lines for `.env`, and a request. */
import type { Platform } from "@keyward/sdk";
import { envName, quoteForEnv, quoteForShell } from "./quoting.ts";
import { credentialOf, type Secret } from "./secret.ts";

export interface Sample {
  readonly label: string;
  /** What is said when it has been copied. */
  readonly what: string;
  readonly text: string;
}

type Shown = Pick<Platform, "name" | "credentials" | "dashboard">;

/** `serverUrl` has no slash at its end. */
export function keySamples(platform: Shown, secret: Secret, serverUrl: string): readonly Sample[] {
  return [
    { label: ".env", what: "Lines for .env", text: keyEnv(platform.name, secret) },
    { label: "curl", what: "Command", text: keyCurl(platform, secret, serverUrl) },
  ];
}

export function keyEnv(platformName: string, secret: Secret): string {
  if (secret.kind === "secret") return envLine(envName(platformName, "API_KEY"), secret.key);
  return [
    envLine(envName(platformName, "PUBLIC_KEY"), secret.publicKey),
    envLine(envName(platformName, "SECRET_KEY"), secret.secretKey),
  ].join("\n");
}

export function keyCurl({ credentials, dashboard }: Shown, secret: Secret, serverUrl: string): string {
  const [place = { header: "authorization", scheme: "Bearer" }] = credentials;
  const value = place.scheme === null ? credentialOf(secret) : `${place.scheme} ${credentialOf(secret)}`;
  const { method, path } = dashboard.sample;
  return curl(method, `${serverUrl}${path}`, [`${headerInWords(place.header)}: ${value}`]);
}

/** For a service token: it verifies other people's keys. */
export function serviceTokenSamples(token: string, serverUrl: string): readonly Sample[] {
  const headers = [`Authorization: Bearer ${token}`, "Content-Type: application/json"];
  const command = curl("POST", `${serverUrl}/keyward/v1/verify`, headers, JSON.stringify({ key: "the key to verify" }));
  return [
    { label: ".env", what: "Line for .env", text: envLine("KEYWARD_TOKEN", token) },
    { label: "curl", what: "Command", text: command },
  ];
}

function curl(method: string, url: string, headers: readonly string[], body?: string): string {
  const parts = [`curl -X ${method} ${quoteForShell(url)}`, ...headers.map((header) => `-H ${quoteForShell(header)}`)];
  return [...parts, ...(body === undefined ? [] : [`-d ${quoteForShell(body)}`])].join(" \\\n  ");
}

function envLine(name: string, value: string): string {
  return `${name}=${quoteForEnv(value)}`;
}

/** `x-api-key` as people write it: `X-Api-Key`. */
function headerInWords(header: string): string {
  return header.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
