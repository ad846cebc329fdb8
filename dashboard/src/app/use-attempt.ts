/** One call at a time whose input or result may be secret. The mutation cache of React Query would keep both; this hook keeps them in its component alone. */
import { useRef, useState } from "react";
import { noticeSignedOut } from "./client.ts";

interface AttemptState<Result> {
  readonly isBusy: boolean;
  /** Undefined before the first failure, and again from the next attempt on. */
  readonly error?: unknown;
  /** Undefined before the first success, and again from the next attempt on. */
  readonly result?: Result;
}

/**
 * `attempt` starts `run`, or does nothing while a run is under way. `forget` drops error and result, and aborts the run that is under
 * way. `onFailure` gets each failure; pass another one where nobody is signed in yet, because a 401 then ends no session.
 */
export function useAttempt<Result, Input = void>(
  run: (input: Input, signal: AbortSignal) => Promise<Result>,
  onFailure: (error: unknown) => void = noticeSignedOut,
) {
  const [state, setState] = useState<AttemptState<Result>>({ isBusy: false });
  const underWay = useRef<AbortController>(undefined);

  const attempt = (input: Input): void => {
    if (underWay.current !== undefined) return;
    const controller = new AbortController();
    underWay.current = controller;
    const settle = (outcome: Pick<AttemptState<Result>, "error" | "result">) => {
      if (underWay.current !== controller) return;
      underWay.current = undefined;
      setState({ isBusy: false, ...outcome });
    };
    setState({ isBusy: true });
    run(input, controller.signal).then(
      (result) => settle({ result }),
      (error) => {
        onFailure(error);
        settle({ error });
      },
    );
  };

  const forget = (): void => {
    underWay.current?.abort();
    underWay.current = undefined;
    setState({ isBusy: false });
  };

  return { ...state, attempt, forget };
}
