/** A moment as people say it, with the exact one behind it. */
import { useEffect, useReducer } from "react";
import { exactTime, relativeTime, shortTime } from "../words/time.ts";
import { Tooltip } from "./tooltip.tsx";

const REDRAWN_EVERY_MS = 30_000;

/**
 * `at` is ISO 8601; `never` is said where there is none. `short` is for long lists: a few letters, and the keyboard does not stop at each of
 * them, because the page of the thing says more.
 */
export function Time({ at, never = "Never", short = false }: { at: string | null; never?: string; short?: boolean }) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(redraw, REDRAWN_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (at === null) return <span className="text-ink-faint">{never}</span>;
  return (
    <Tooltip text={exactTime(at)} trigger={<time dateTime={at} tabIndex={short ? undefined : 0} className="rounded whitespace-nowrap" />}>
      {(short ? shortTime : relativeTime)(at, Date.now())}
    </Tooltip>
  );
}
