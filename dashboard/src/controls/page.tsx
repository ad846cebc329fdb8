/** The frame of a page: title, actions, content. */
import { createLink } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";
import { useArrival } from "./use-arrival.ts";

interface PageProps {
  title: string;
  text?: ReactNode;
  /** A `BackLink` to the parent page. */
  back?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, text, back, actions, children }: PageProps) {
  const heading = useArrival(title);
  return (
    <div className="mx-auto w-full max-w-7xl px-4 py-6 sm:px-6 sm:py-8">
      {back}
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold tracking-tight wrap-anywhere outline-none">
            {title}
          </h1>
          {text !== undefined && <div className="mt-1 max-w-2xl text-ink-soft">{text}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export const BackLink = createLink(function BackAnchor({ children, ...anchor }: ComponentProps<"a">) {
  return (
    <a {...anchor} className="mb-2 -ml-1 inline-flex min-h-8 items-center gap-1 rounded text-ink-soft hover:text-ink">
      <Icon name="left" />
      {children}
    </a>
  );
});

/** A section of a page, on its own surface. */
export function Card({
  title,
  text,
  actions,
  flush = false,
  children,
}: {
  title?: string;
  text?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  return (
    <section className="mb-6 overflow-hidden rounded-xl border border-line bg-surface">
      {title !== undefined && (
        <header className={classNames("flex flex-wrap items-center justify-between gap-2 px-4 pt-4 sm:px-5", flush && "pb-3")}>
          <div>
            <h2 className="font-semibold">{title}</h2>
            {text !== undefined && <p className="mt-0.5 text-ink-soft">{text}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className={flush ? "" : "p-4 sm:p-5"}>{children}</div>
    </section>
  );
}
