/** The operator's token of a running server, at the other nodes of its database: commands find it in server.json, and any node may be asked. */
import type { Logger } from "pino";
import { unreferencedTimer } from "./service/background.ts";
import type { Keyward } from "./service/index.ts";
import type { OpenStore } from "./stores/open-store.ts";

const OFFERED_EVERY_MS = 3_600_000;

interface Offering {
  /** Undefined on a database of this process alone. */
  readonly nodes: OpenStore["nodes"];
  readonly people: Keyward["people"];
  readonly token: string;
  readonly log: Logger;
}

/** Lets every node accept the token until `opened` is closed. */
export async function offerOperatorToken(opened: AsyncDisposableStack, { nodes, people, token, log }: Offering): Promise<void> {
  if (nodes === undefined) return;
  const fail = (error: unknown) => log.error({ failure: String(error) }, "other nodes may refuse the operator's token of this one");
  await people.offerOperatorToken(token);
  const stop = unreferencedTimer(OFFERED_EVERY_MS, () => void people.offerOperatorToken(token).catch(fail));
  opened.defer(async () => {
    stop();
    await people.withdrawOperatorToken(token).catch(fail);
  });
}
