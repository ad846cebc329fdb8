/** `--json id,name`: which fields a record has, and the document with only those that were asked for. Pure. */
import { EXIT, Failure } from "./failure.ts";
import { didYouMean } from "./nearest.ts";

/** `true` for the whole document. */
export type Selection = true | readonly string[];

/**
 * Reads `id,limits.requestsPerMinute`. Unknown fields are refused before anything is sent: a key that was created and then not printed would
 * be lost. @throws Failure, which does not repeat what may be a credential
 */
export function selectionReader(known: readonly string[]): (text: string) => Selection {
  return (text) => {
    const paths = text.split(",").map((path) => path.trim());
    // `--json=`: see json-argument.ts.
    if (text === "") return true;
    for (const path of paths) {
      const [field = ""] = path.split(".");
      if (!known.includes(field))
        throw new Failure(
          `--json: there is no field ${field.length < 16 ? JSON.stringify(field) : "of that name"}.${didYouMean(field, known)}`,
          { exitCode: EXIT.usage, next: `the fields are ${known.join(", ")}` },
        );
    }
    return paths;
  };
}

/** The document with these fields alone; of a list, each record with them. A member of a member is named with a dot, and stays in its place. */
export function select(document: object, selection: Selection): object {
  if (selection === true) return document;
  const { data } = document as { readonly data?: unknown };
  const isOfDocument = selection.some((path) => Object.hasOwn(document, path.split(".")[0] ?? ""));
  if (Array.isArray(data) && !isOfDocument) return { ...document, data: data.map((record) => pick(record, selection)) };
  return pick(document, selection);
}

function pick(record: object, paths: readonly string[]): object {
  const picked: Record<string, unknown> = {};
  for (const path of paths) place(picked, path.split("."), valueAt(record, path.split(".")));
  return picked;
}

function valueAt(record: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined), record) ?? null;
}

function place(target: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[name] = value;
  else {
    const inner = isRecord(target[name]) ? target[name] : {};
    target[name] = inner;
    place(inner, rest, value);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
