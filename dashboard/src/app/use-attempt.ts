/** One try at something that takes a secret or answers with one: the cache of mutations remembers both, this keeps nothing. */
import { useState } from "react";
import { noticeSignedOut } from "./client.ts";

export interface Attempt<Input extends readonly unknown[]> {
  readonly isBusy: boolean;
  /** Undefined before the first failure, and from the next try on. */
  readonly error: unknown;
  /** Takes no second call while one is under way. */
  readonly attempt: (...input: Input) => void;
  /** Forgets the failure. */
  readonly forget: () => void;
}

/** `run` shows its own success; `hear` is told each failure. Where nobody is signed in yet, a refusal does not end a session. */
export function useAttempt<Input extends readonly unknown[]>(
  run: (...input: Input) => Promise<unknown>,
  hear: (error: unknown) => void = noticeSignedOut,
): Attempt<Input> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const attempt = async (...input: Input) => {
    setBusy(true);
    setError(undefined);
    try {
      await run(...input);
    } catch (failure) {
      hear(failure);
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, attempt: (...input) => void (isBusy || attempt(...input)), forget: () => setError(undefined) };
}
