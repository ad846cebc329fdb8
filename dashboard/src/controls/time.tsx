/** A relative time, with the exact time in its tooltip. */
import { useEffect, useReducer } from "react";
import { exactTime, relativeTime, shortTime } from "../words/time.ts";
import { Tooltip } from "./tooltip.tsx";

const REDRAWN_EVERY_MS = 30_000;

/** `at` is ISO 8601, or null, which shows `never`. `short` abbreviates for narrow columns. */
export function Time({ at, never = "Never", short = false }: { at: string | null; never?: string; short?: boolean }) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(redraw, REDRAWN_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (at === null) return <span className="text-ink-faint">{never}</span>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be within reach of the keyboard
    <Tooltip text={exactTime(at)} trigger={<time dateTime={at} tabIndex={0} className="rounded whitespace-nowrap" />}>
      {(short ? shortTime : relativeTime)(at, Date.now())}
    </Tooltip>
  );
}
