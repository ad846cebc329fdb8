/** deploy/Dockerfile, read: what each stage does, and what a container of the image runs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const DOCKERFILE = join(import.meta.dirname, "../../deploy/Dockerfile");

export interface Step {
  readonly instruction: string;
  readonly argument: string;
}

interface Image {
  /** Each begins with its FROM. */
  readonly stages: readonly (readonly Step[])[];
  /** Of the last stage. */
  readonly user: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly stopSignal: string;
  /** ENTRYPOINT and CMD. */
  readonly command: readonly string[];
  readonly healthCommand: readonly string[];
}

/** Reads the instructions that the file uses. @throws Error on any other */
export function dockerfile(): Image {
  const stages: Step[][] = [];
  for (const line of readFileSync(DOCKERFILE, "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, instruction = "", argument = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (!KNOWN.has(instruction)) throw new Error(`the test does not know what this line does: ${line}`);
    if (instruction === "FROM") stages.push([]);
    stages.at(-1)?.push({ instruction, argument });
  }
  const all = (name: string) => (stages.at(-1) ?? []).filter(({ instruction }) => instruction === name).map(({ argument }) => argument);
  const list = (text = "[]"): string[] => JSON.parse(text);
  const [health = ""] = all("HEALTHCHECK");
  return {
    stages,
    user: all("USER").at(-1) ?? "",
    variables: Object.fromEntries(all("ENV").flatMap((pairs) => pairs.split(" ").map((pair) => pair.split("=", 2)))),
    volumes: all("VOLUME"),
    stopSignal: all("STOPSIGNAL").at(-1) ?? "",
    command: [...list(all("ENTRYPOINT").at(-1)), ...list(all("CMD").at(-1))],
    healthCommand: list(/CMD (\[.*\])$/.exec(health)?.[1]),
  };
}

const KNOWN: ReadonlySet<string> = new Set([
  ...["FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"],
]);
