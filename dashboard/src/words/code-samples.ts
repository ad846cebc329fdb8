/** A first request with the key, in three languages. The key comes from the environment, so that it is in no code. */
export interface SampledPlatform {
  readonly name: string;
  readonly keyForm: "secret" | "pair";
  readonly credentials: readonly { readonly header: string; readonly scheme: string | null }[];
  readonly dashboard: { readonly sample: { readonly path: string } };
}

export interface CodeSample {
  readonly language: "curl" | "TypeScript" | "Python";
  readonly code: string;
}

/** `baseUrl` has no slash at its end. */
export function codeSamples(platform: SampledPlatform, baseUrl: string): readonly CodeSample[] {
  const { header, scheme } = platform.credentials[0] ?? { header: "authorization", scheme: "Bearer" };
  const asked: Asked = {
    url: `${baseUrl}${platform.dashboard.sample.path}`,
    header: titleCase(header),
    scheme: scheme === null ? "" : `${scheme} `,
    variables: variablesOf(platform),
  };
  return [
    { language: "curl", code: curl(asked) },
    { language: "TypeScript", code: typescript(asked) },
    { language: "Python", code: python(asked) },
  ];
}

/** Where the key stands in the environment: one variable, or two for a pair. */
export function variablesOf({ name, keyForm }: Pick<SampledPlatform, "name" | "keyForm">): readonly string[] {
  const platform = name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  return keyForm === "pair" ? [`${platform}_PUBLIC_KEY`, `${platform}_SECRET_KEY`] : [`${platform}_API_KEY`];
}

interface Asked {
  readonly url: string;
  readonly header: string;
  /** With a space after it, or empty. */
  readonly scheme: string;
  readonly variables: readonly string[];
}

/** The variables with a colon between them, each as its language writes it. */
function value({ variables }: Asked, written: (variable: string) => string): string {
  return variables.map(written).join(":");
}

function curl(asked: Asked): string {
  const { url, header, scheme } = asked;
  return [`curl ${shellWord(url)} \\`, `  --header "${header}: ${scheme}${value(asked, (name) => `\${${name}}`)}"`].join("\n");
}

/** The module of Node that has the environment. */
const ENVIRONMENT = "node:process";

function typescript(asked: Asked): string {
  const { url, header, scheme, variables } = asked;
  return [
    `import { env } from "${ENVIRONMENT}";`,
    "",
    `const { ${variables.join(", ")} } = env;`,
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  headers: { ${propertyName(header)}: \`${scheme}${value(asked, (name) => `\${${name}}`)}\` },`,
    "});",
    `if (!response.ok) throw new Error(await response.text());`,
    "console.log(await response.json());",
  ].join("\n");
}

function python(asked: Asked): string {
  const { url, header, scheme } = asked;
  return [
    "import os",
    "",
    "import requests",
    "",
    "response = requests.get(",
    `    ${JSON.stringify(url)},`,
    `    headers={"${header}": f"${scheme}${value(asked, (name) => `{os.environ['${name}']}`)}"},`,
    "    timeout=30,",
    ")",
    "response.raise_for_status()",
    "print(response.json())",
  ].join("\n");
}

function shellWord(text: string): string {
  return /^[\w:/.@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function propertyName(header: string): string {
  return /^[A-Za-z_]\w*$/.test(header) ? header : JSON.stringify(header);
}

/** As people write headers: `X-Api-Key`. */
function titleCase(header: string): string {
  return header.replace(/(^|-)([a-z])/g, (_all, before: string, letter: string) => before + letter.toUpperCase());
}
