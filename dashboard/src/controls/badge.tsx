/** The state of something in a word. The color only supports the word. */
import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

type Tone = "good" | "warn" | "bad" | "plain" | "accent";

const TONES: Readonly<Record<Tone, string>> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  plain: "bg-line text-ink-soft",
  accent: "bg-accent-soft text-accent",
};

export function Badge({ tone = "plain", ...rest }: Omit<ComponentProps<"span">, "className"> & { tone?: Tone }) {
  return (
    <span
      {...rest}
      className={classNames("inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap", TONES[tone])}
    />
  );
}
