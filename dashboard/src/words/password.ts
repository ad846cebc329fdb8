/** The length rule of passwords, which the server decides. */
import type { Session } from "@keyward/sdk";

type Length = Session["signIn"]["passwordLength"];

/** For a password that was refused: the server's own sentence names only the bound that was missed. */
export function passwordRule({ minimum, maximum }: Length): string {
  return `A password has ${minimum} to ${maximum} characters.`;
}

/** Below the input of a new password. */
export function passwordHelp({ minimum }: Length): string {
  return `${minimum} characters or more.`;
}
