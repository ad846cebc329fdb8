/** A log in which an outage is a line now and then, and not one for each request. */

const SILENT_MS = 10_000;

/** Logs a sentence unless the same one was logged in the last ten seconds. `now` is in milliseconds and never goes back. */
export function once(log: { error(sentence: string): void }, now: () => number = () => performance.now()): (sentence: string) => void {
  let last: { readonly sentence: string; readonly at: number } | undefined;
  return (sentence) => {
    const at = now();
    if (last?.sentence === sentence && at - last.at < SILENT_MS) return;
    last = { sentence, at };
    log.error(`keyward: ${sentence}`);
  };
}
