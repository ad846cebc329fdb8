/** Requests that create a key: however often one is repeated, it creates a single key. */
import { type IssuedApiKey, KeywardError, newIdempotencyKey } from "@keyward/sdk";
import { useRef, useState } from "react";
import { useAttempt } from "../../app/use-attempt.ts";
import { useStayWhile } from "../../app/use-stay-while.ts";
import { nextRequest, type SentRequest } from "./idempotency.ts";

/**
 * `send` creates the key. `issued` has the secret, which is stored nowhere else. While a request is under way no second one starts, and
 * nothing leads away from the page.
 */
export function useIssuing<Body>(send: (body: Body, idempotencyKey: string) => Promise<IssuedApiKey>) {
  const [firstKey] = useState(newIdempotencyKey);
  const last = useRef<SentRequest<Body>>({ key: firstKey, sent: [] });
  const { isBusy, error, result, attempt } = useAttempt(async (body: Body) => {
    const { key, sent } = nextRequest(last.current, body, newIdempotencyKey);
    try {
      return await sendOnce(send, key, body, sent);
    } catch (failure) {
      last.current = { key, sent: [...sent, body], error: failure };
      throw failure;
    }
  });
  useStayWhile(isBusy);
  return { isBusy, error, issued: result, issue: attempt };
}

/** If the server already knows the idempotency key from a request whose response was lost, that request is repeated to get its result. */
async function sendOnce<Body>(
  send: (body: Body, idempotencyKey: string) => Promise<IssuedApiKey>,
  key: string,
  body: Body,
  [earlier, ...others]: readonly Body[],
): Promise<IssuedApiKey> {
  try {
    return await send(body, key);
  } catch (error) {
    if (earlier === undefined || !(error instanceof KeywardError) || error.code !== "idempotency_mismatch") throw error;
    return sendOnce(send, key, earlier, others);
  }
}
