/** Answers that hold a secret: it is shown this once, and Keyward itself could not show it again. */
import type { Json } from "./client.ts";
import { Failure } from "./failure.ts";
import { note, type OutputOptions, print, show } from "./output.ts";
import { fields } from "./table.ts";

/** Where the API puts secrets. A key pair has two parts, and whoever gets it needs both. */
const SECRET_FIELDS = ["key", "publicKey", "secretKey", "token"];

export interface ShownOnceOptions extends OutputOptions {
  readonly secretOnly?: boolean;
}

export async function showOnce(answer: Json, options: ShownOnceOptions): Promise<void> {
  const secrets = SECRET_FIELDS.filter((field) => typeof answer[field] === "string");
  if (options.secretOnly === true) {
    // The Idempotency-Key was used before: the API answers with what the first request made, without its secret.
    if (secrets.length === 0)
      throw new Failure(`${answer.id} was made by an earlier request, and its key is not shown again`, {
        next: "rotate it to get a new key",
      });
    // A pair as a request presents it: `<public>:<secret>`.
    return print(secrets.map((field) => answer[field]).join(":"));
  }
  await show(answer, options, (record) => fields({ ...Object.fromEntries(secrets.map((field) => [field, record[field]])), ...record }));
  if (options.json === true) return;
  if (secrets.length === 0) note("an earlier request made this; its key is not shown again");
  else note(`keep the ${secrets.join(" and the ")} now: ${secrets.length === 1 ? "it is" : "they are"} not shown again`);
}
