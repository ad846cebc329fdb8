/** Buttons, and links that look like them. */
import { createLink } from "@tanstack/react-router";
import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Readonly<Record<Look, string>> = {
  primary: "bg-accent text-accent-ink hover:opacity-90 disabled:opacity-50",
  plain: "border border-line-strong/60 bg-surface hover:bg-sunken disabled:opacity-50",
  quiet: "text-ink-soft hover:bg-sunken hover:text-ink disabled:opacity-50",
  danger: "bg-bad text-bad-ink hover:opacity-90 disabled:opacity-50",
};

const SHAPE =
  "inline-flex min-h-9 shrink-0 items-center justify-center gap-1.5 rounded-lg px-3 py-1.5 text-sm font-medium whitespace-nowrap transition-colors";

export function buttonClass(look: Look, more?: string): string {
  return classNames(SHAPE, LOOKS[look], more);
}

export interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  /** A request is under way: the button shows it and ignores clicks. */
  busy?: boolean;
}

export function Button({ look = "plain", busy = false, disabled, className, children, type = "button", onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={buttonClass(look, className)}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent motion-reduce:hidden"
    />
  );
}

/** A router link that looks like a button. */
export const ButtonLink = createLink(function ButtonAnchor({ look = "plain", className, ...rest }: ComponentProps<"a"> & { look?: Look }) {
  return <a {...rest} className={buttonClass(look, className)} />;
});
