/** New keys for an agent: the secret goes to a file, the record to the agent. */
import type { KeywardClient } from "../../sdk/index.ts";
import { Failure } from "../failure.ts";
import { SecretFile } from "./secret-file.ts";

/** The part of a response that proves a key. `publicKey` of a pair is no secret. */
const SECRETS = ["key", "secretKey", "token"] as const;

type Issued = Awaited<ReturnType<KeywardClient["keys"]["create"]>>;

/**
 * Creates a key by `issue` and writes its secret to a new file. If that cannot be written, the key is revoked: nobody could use it.
 * Resolves to the record without the secret, and the path.
 */
export async function issueToFile(
  { keys }: Pick<KeywardClient, "keys">,
  directory: string,
  issue: () => Promise<Issued>,
): Promise<{ key: object; secretFile: string }> {
  const file = await SecretFile.open(directory);
  let issued: Issued;
  try {
    issued = await issue();
  } catch (error) {
    await file.discard();
    throw error;
  }
  const { id, organizationId } = issued;
  const secret = presentable(issued);
  try {
    if (secret === undefined) throw new Failure(`${id} was made, but its secret did not arrive`);
    return { key: withoutSecrets(issued), secretFile: await file.finish(id, secret) };
  } catch (error) {
    await file.discard();
    if (organizationId !== null) await keys.revoke(organizationId, id);
    throw error;
  }
}

/** The credential as a request presents it: a pair is `<public>:<secret>`. */
function presentable(issued: Issued): string | undefined {
  if ("secretKey" in issued && typeof issued.secretKey === "string") return `${issued.publicKey}:${issued.secretKey}`;
  return "key" in issued && typeof issued.key === "string" ? issued.key : undefined;
}

/** The record without anything that proves a key. */
export function withoutSecrets<Record extends object>(record: Record): Record {
  const copy = { ...record };
  for (const name of SECRETS) Reflect.deleteProperty(copy, name);
  return copy;
}
