/** deploy/kubernetes.yaml: Kubernetes' own schemas take it, Keyward knows each of its settings, and it stops as the server does. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureInstalled } from "../../bench/ensure-installed.ts";
import { readConfig } from "../../config.ts";
import { typescript } from "../../packaging/typescript.ts";
import { keyward } from "../../platforms/keyward.ts";
import { dockerfile } from "./dockerfile.ts";

const PROJECT = join(import.meta.dirname, "../..");
const TOOLS = join(import.meta.dirname, "kubernetes");

// biome-ignore lint/suspicious/noExplicitAny: documents of Kubernetes, whose schemas check them
type Document = any;
let documents: readonly Document[];
const find = (kind: string) => documents.find((each) => each.kind === kind);

beforeAll(async () => {
  await ensureInstalled(TOOLS);
  const { parseAllDocuments } = createRequire(join(TOOLS, "package.json"))("yaml");
  const parsed = parseAllDocuments(readFileSync(join(PROJECT, "deploy/kubernetes.yaml"), "utf8"), { strict: true, uniqueKeys: true });
  expect(parsed.flatMap(({ errors, warnings }: Document) => [...errors, ...warnings])).toEqual([]);
  documents = parsed.map((document: Document) => document.toJS());
}, 180_000);

test("it is a Deployment on PostgreSQL with what belongs to it", () => {
  expect(documents.map(({ kind }) => kind)).toEqual(["ConfigMap", "Deployment", "PodDisruptionBudget", "Service"]);
});

test("the schemas of Kubernetes take every document", async () => {
  for (const document of documents) {
    const models = await import(join(TOOLS, "node_modules/kubernetes-models", document.apiVersion, "index.js"));
    const take = (value: Document) => new models[document.kind](value).validate();
    expect(() => take(document), document.kind).not.toThrow();
    expect(() => take({ ...document, metadata: 1 })).toThrow();
  }
});

test("no field has a name that Kubernetes does not know", async () => {
  const typed = documents.map(
    (document, at) =>
      `import type { I${document.kind} as T${at} } from "kubernetes-models/${document.apiVersion}";\nexport const d${at}: T${at} = ${JSON.stringify(document, null, 1)};`,
  );
  const file = join(TOOLS, "node_modules/manifest.ts");
  const compile = (text: string) => {
    writeFileSync(file, text);
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2024", "--types", ""];
    return typescript([...options, "--ignoreConfig", file]);
  };
  expect(await compile(typed.join("\n"))).toBe("");
  expect(await compile(typed.join("\n").replace('"failureThreshold"', '"failuresThreshold"'))).toContain("failuresThreshold");
});

describe("its settings", () => {
  test("are those that Keyward reads, and are accepted", () => {
    const { data } = find("ConfigMap");
    const known = readFileSync(join(PROJECT, "config.ts"), "utf8") + readFileSync(join(PROJECT, "secret-files.ts"), "utf8");
    const names = Object.keys(data).map((name) => name.replace(/_FILE$/, ""));
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    const env = { ...data, KEYWARD_SECRET: "Zr8wqkP2mX5vB7nL3cJ9hT4dF6gS1aYu", KEYWARD_DATABASE_URL: "postgres://keyward@db/keyward" };
    const options = { platform: keyward, port: 4000, host: "0.0.0.0", dataDirectory: "/var/lib/keyward" };
    expect(readConfig(env, options)).toMatchObject({ metrics: { host: "0.0.0.0", port: 9464 }, baseUrl: "https://keys.example.com" });
  });

  test("name secrets as files that are mounted for Keyward alone to read", () => {
    const { data } = find("ConfigMap");
    const { containers, volumes } = find("Deployment").spec.template.spec;
    const { mountPath, readOnly } = containers[0].volumeMounts.find(({ name }: Document) => name === "secrets");
    expect(readOnly).toBe(true);
    expect([data.KEYWARD_SECRET_FILE, data.KEYWARD_DATABASE_URL_FILE]).toEqual([`${mountPath}/secret`, `${mountPath}/database-url`]);
    expect(volumes.find(({ name }: Document) => name === "secrets").secret.defaultMode.toString(8)).toBe("440");
    expect(Object.keys(data).filter((name) => ["KEYWARD_SECRET", "KEYWARD_DATABASE_URL"].includes(name))).toEqual([]);
  });
});

describe("its pods", () => {
  const container = () => find("Deployment").spec.template.spec.containers[0];

  test("are what the image is: its user, its port, its data directory, and a root that nobody writes to", () => {
    const { spec } = find("Deployment").spec.template;
    const { user, variables } = dockerfile();
    expect(`${spec.securityContext.runAsUser}:${spec.securityContext.runAsGroup}`).toBe(user);
    expect(container().ports[0].containerPort).toBe(Number(variables.PORT));
    expect(container().volumeMounts.map(({ mountPath }: Document) => mountPath)).toContain(variables.KEYWARD_DATA);
    expect(container().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
  });

  test("are probed where the server says how it does, and live on while the database is away", () => {
    const path = (probe: Document) => [probe.httpGet.path, probe.httpGet.port];
    const { startupProbe, readinessProbe, livenessProbe } = container();
    expect([startupProbe, readinessProbe, livenessProbe].map(path)).toEqual([
      ["/keyward/ready", "http"],
      ["/keyward/ready", "http"],
      ["/keyward/health", "http"],
    ]);
  });

  test("have as many threads as they ask for cores", () => {
    expect(find("ConfigMap").data.KEYWARD_THREADS).toBe(container().resources.requests.cpu);
  });

  test("have the time to stop that the server takes, after they have been taken out of the service", () => {
    const { spec } = find("Deployment").spec.template;
    const [, drainMs = ""] = /UNDER_WAY_MS = ([\d_]+)/.exec(readFileSync(join(PROJECT, "http/drain.ts"), "utf8")) ?? [];
    const { seconds } = container().lifecycle.preStop.sleep;
    expect(seconds).toBeGreaterThanOrEqual(5);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(seconds + (2 * Number(drainMs.replaceAll("_", ""))) / 1_000);
  });

  test("are found by the service and spared by the disruption budget, one at a time", () => {
    const { labels } = find("Deployment").spec.template.metadata;
    expect(find("Service").spec.selector).toEqual(labels);
    expect(find("PodDisruptionBudget").spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } });
    expect(find("Deployment").spec).toMatchObject({ replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
  });
});
