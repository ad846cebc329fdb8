/** The log of a thread. */
import pino, { type Logger } from "pino";
import type { Config } from "../config.ts";
import { currentRequestId } from "../http/request-scope.ts";

/** Takes the lines of the log, and the link for the operator of a server that nobody can sign in to yet. */
export interface LogOutput {
  write(line: string): unknown;
}

export const STANDARD_ERROR: LogOutput = pino.destination({ fd: 2, sync: true });

/** Logs lines of JSON, with the id of the request that they are about. Fields that could contain a secret are redacted. */
export function openLog({ logLevel }: Pick<Config, "logLevel">, output: LogOutput): Logger {
  const secret = ["authorization", "key", "token", "secret", "*.authorization", "*.key", "*.token", "*.secret", "*.headers"];
  const mixin = () => {
    const requestId = currentRequestId();
    return requestId === undefined ? {} : { requestId };
  };
  return pino({ name: "keyward", level: logLevel, redact: { paths: secret, censor: "[redacted]" }, mixin }, output);
}
