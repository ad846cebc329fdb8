/** How far something is that takes long, on standard error, for a person at a terminal. */

const WIDTH = 24;
const EVERY_MS = 100;

interface Progress {
  /** One more is done. */
  step(): void;
  /** Takes the bar away, so that what follows begins on a line of its own. */
  end(): void;
}

const NONE: Progress = { step: () => undefined, end: () => undefined };

/** `noun` is what is counted: `keys`. Nothing is shown where no terminal is, and with `quiet`. */
export function progressBar(total: number, noun: string, { quiet }: { readonly quiet?: boolean | undefined }): Progress {
  if (quiet === true || !process.stderr.isTTY) return NONE;
  const startedAt = performance.now();
  let done = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    step() {
      done++;
      const now = performance.now();
      if (now - shownAt < EVERY_MS && done < total) return;
      shownAt = now;
      process.stderr.write(`\r${barAt({ done, total, noun, elapsedMs: now - startedAt })}\u001b[K`);
    },
    end: () => void process.stderr.write("\r\u001b[K"),
  };
}

/** `[############            ]  512/1024 keys, 3 s left`. Pure. */
export function barAt({ done, total, noun, elapsedMs }: { done: number; total: number; noun: string; elapsedMs: number }): string {
  const filled = total === 0 ? WIDTH : Math.floor((WIDTH * done) / total);
  const left = done === 0 ? "" : `, ${Math.ceil((elapsedMs * (total - done)) / done / 1_000)} s left`;
  return `[${"#".repeat(filled)}${" ".repeat(WIDTH - filled)}]  ${done}/${total} ${noun}${left}`;
}
