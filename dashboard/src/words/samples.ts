/** Code and commands to copy: how a secret is stored and used. A `serverUrl` has no slash at its end. */
import type { Platform } from "@keyward/sdk";
import { envName, quoteForEnv, quoteForShell } from "./quoting.ts";
import { credentialOf, type Secret } from "./secret.ts";

export interface Sample {
  readonly label: string;
  /** What the page says after copying: "Command copied". */
  readonly what: string;
  readonly text: string;
}

export type SampledPlatform = Pick<Platform, "name" | "keyForm" | "credentials"> & {
  readonly dashboard: { readonly sample: Pick<Platform["dashboard"]["sample"], "path"> };
};

/** For a new key, which the samples contain: lines for `.env`, and a request. */
export function keySamples(platform: SampledPlatform, secret: Secret, serverUrl: string): readonly Sample[] {
  return [
    { label: ".env", what: "Lines for .env", text: keyEnv(platform.name, secret) },
    { label: "curl", what: "Command", text: keyCurl(platform, secret, serverUrl) },
  ];
}

function keyEnv(platformName: string, secret: Secret): string {
  const values = secret.kind === "pair" ? [secret.publicKey, secret.secretKey] : [secret.key];
  return keyVariables({ name: platformName, keyForm: secret.kind })
    .map((name, at) => envLine(name, values[at] ?? ""))
    .join("\n");
}

function keyCurl(platform: SampledPlatform, secret: Secret, serverUrl: string): string {
  const { url, header, scheme } = sampleRequest(platform, serverUrl);
  return curl("GET", url, [quoteForShell(`${header}: ${scheme}${credentialOf(secret)}`)]);
}

/** For a new service token, which the samples contain. */
export function serviceTokenSamples(token: string, serverUrl: string): readonly Sample[] {
  const text = verifyCurl(serverUrl, quoteForShell(`Authorization: Bearer ${token}`), quoteForShell('{"key": "the key to verify"}'));
  return [
    { label: ".env", what: "Line for .env", text: envLine("KEYWARD_TOKEN", token) },
    { label: "curl", what: "Command", text },
  ];
}

/** What a service token is for. Both secrets come from the environment, because a shell keeps its command lines. */
export function verifySample(serverUrl: string): string {
  return verifyCurl(serverUrl, '"Authorization: Bearer $KEYWARD_TOKEN"', '"{\\"key\\": \\"$API_KEY\\"}"');
}

/** The environment variables of a key: one, or two for a pair. */
export function keyVariables({ name, keyForm }: Pick<SampledPlatform, "name" | "keyForm">): readonly string[] {
  return (keyForm === "pair" ? ["PUBLIC_KEY", "SECRET_KEY"] : ["API_KEY"]).map((part) => envName(name, part));
}

interface CodeSample {
  readonly language: "curl" | "TypeScript" | "Python";
  readonly code: string;
}

/** A first request in three languages. The key comes from the environment, so that it is in no code. */
export function codeSamples(platform: SampledPlatform, serverUrl: string): readonly CodeSample[] {
  const request = sampleRequest(platform, serverUrl);
  return [
    { language: "curl", code: curl("GET", request.url, [`"${request.header}: ${valueFrom(request, (name) => `\${${name}}`)}"`]) },
    { language: "TypeScript", code: typescript(request) },
    { language: "Python", code: python(request) },
  ];
}

interface SampleRequest {
  readonly url: string;
  /** As people write headers: `X-Api-Key`. */
  readonly header: string;
  /** With a space after it, or empty. */
  readonly scheme: string;
  readonly variables: readonly string[];
}

function sampleRequest(platform: SampledPlatform, serverUrl: string): SampleRequest {
  const [{ header, scheme } = { header: "authorization", scheme: "Bearer" }] = platform.credentials;
  return {
    url: `${serverUrl}${platform.dashboard.sample.path}`,
    header: header.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase()),
    scheme: scheme === null ? "" : `${scheme} `,
    variables: keyVariables(platform),
  };
}

/** The value of the header: each variable as its language writes it, with a colon between the halves of a pair. */
function valueFrom({ scheme, variables }: SampleRequest, write: (variable: string) => string): string {
  return `${scheme}${variables.map(write).join(":")}`;
}

/** The module of Node that has the environment. */
const ENVIRONMENT = "node:process";

function typescript(request: SampleRequest): string {
  const { url, header, variables } = request;
  const property = /^[A-Za-z_]\w*$/.test(header) ? header : JSON.stringify(header);
  return [
    `import { env } from "${ENVIRONMENT}";`,
    "",
    `const { ${variables.join(", ")} } = env;`,
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  headers: { ${property}: \`${valueFrom(request, (name) => `\${${name}}`)}\` },`,
    "});",
    `if (!response.ok) throw new Error(await response.text());`,
    "console.log(await response.json());",
  ].join("\n");
}

function python(request: SampleRequest): string {
  return [
    "import os",
    "",
    "import requests",
    "",
    "response = requests.get(",
    `    ${JSON.stringify(request.url)},`,
    `    headers={"${request.header}": f"${valueFrom(request, (name) => `{os.environ['${name}']}`)}"},`,
    "    timeout=30,",
    ")",
    "response.raise_for_status()",
    "print(response.json())",
  ].join("\n");
}

/** Headers and body are words of a shell, quoted. */
function curl(method: "GET" | "POST", url: string, headers: readonly string[], body?: string): string {
  const options = [...headers.map((header) => `-H ${header}`), ...(body === undefined ? [] : [`-d ${body}`])];
  return [`curl -X ${method} ${quoteForShell(url)}`, ...options].join(" \\\n  ");
}

function verifyCurl(serverUrl: string, authorization: string, body: string): string {
  return curl("POST", `${serverUrl}/keyward/v1/verify`, [authorization, "'Content-Type: application/json'"], body);
}

function envLine(name: string, value: string): string {
  return `${name}=${quoteForEnv(value)}`;
}
