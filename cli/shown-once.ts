/** New secrets: each is shown this once, and Keyward itself could not show it again. */
import { Failure } from "./failure.ts";
import { note, type OutputOptions, print, show } from "./output.ts";
import { fields } from "./table.ts";

/** Where the API puts secrets. A key pair has two parts, and people need both. */
const SECRET_FIELDS = ["key", "publicKey", "secretKey", "token", "link"] as const;

/** The record of an API key, a service token or an invitation, with its secret where it was created by this very request. */
type Issued = { readonly id: string } & { readonly [Field in (typeof SECRET_FIELDS)[number]]?: string | null };

export interface ShownOnceOptions extends OutputOptions {
  readonly secretOnly?: boolean;
}

export async function showOnce(issued: Issued, options: ShownOnceOptions): Promise<void> {
  const secrets = SECRET_FIELDS.filter((field) => typeof issued[field] === "string");
  if (options.secretOnly === true) {
    // The Idempotency-Key was used before: the API returns what the first request made, without its secret.
    if (secrets.length === 0)
      throw new Failure(`${issued.id} was made by an earlier request, and its key is not shown again`, {
        next: "rotate it to get a new key",
      });
    // A pair as a request presents it: `<public>:<secret>`.
    return print(secrets.map((field) => issued[field]).join(":"));
  }
  const secretsFirst = { ...Object.fromEntries(secrets.map((field) => [field, issued[field]])), ...issued };
  await show(issued, options, (_record, look) => fields(secretsFirst, look));
  if (options.json !== undefined) return;
  if (secrets.length === 0) note("an earlier request made this; its key is not shown again", options);
  else note(`keep the ${secrets.join(" and the ")} now: ${secrets.length === 1 ? "it is" : "they are"} not shown again`, options);
}
