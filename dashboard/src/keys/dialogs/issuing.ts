/** Asking for a key, so that there is one however often it has to be asked for. */
import { type IssuedApiKey, KeywardError, newIdempotencyKey } from "@keyward/sdk";
import { useRef, useState } from "react";
import { noticeSignedOut } from "../../app/client.ts";
import { useStayWhile } from "../../app/use-stay-while.ts";
import { type Attempt, nextAttempt } from "./idempotency.ts";

interface Issuing {
  readonly isBusy: boolean;
  readonly error?: unknown;
  /** Has the secret; it is nowhere else. */
  readonly issued?: IssuedApiKey;
}

/** `send` makes the key. While a request is under way no second one begins, and nothing leads from the page. */
export function useIssuing<Body>(send: (body: Body, idempotencyKey: string) => Promise<IssuedApiKey>) {
  const [state, setState] = useState<Issuing>({ isBusy: false });
  const [firstKey] = useState(newIdempotencyKey);
  const attempt = useRef<Attempt<Body>>({ key: firstKey, sent: [] });
  const isBusy = useRef(false);
  useStayWhile(state.isBusy);

  const issue = async (body: Body): Promise<void> => {
    if (isBusy.current) return;
    isBusy.current = true;
    setState({ isBusy: true });
    const { key, sent } = nextAttempt(attempt.current, body, newIdempotencyKey);
    try {
      setState({ isBusy: false, issued: await sendOnce(send, key, body, sent) });
    } catch (error) {
      attempt.current = { key, sent: [...sent, body], error };
      noticeSignedOut(error);
      setState({ isBusy: false, error });
    } finally {
      isBusy.current = false;
    }
  };
  return { ...state, issue };
}

/** Where the server knows the key from a request whose answer was lost, that request is repeated: it tells what became of it. */
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
