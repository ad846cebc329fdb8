/** The frame of pages for people who are not signed in: one card in the middle. */
import type { ReactNode } from "react";
import { Icon } from "../controls/icon.tsx";
import { useArrival } from "../controls/use-arrival.ts";
import { usePlatform } from "./session.ts";

export function FrontPage({ title, text, children }: { title: string; text?: ReactNode; children?: ReactNode }) {
  const platform = usePlatform();
  const heading = useArrival(title);
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-10 sm:justify-center">
      <p className="mb-6 flex items-center gap-2 font-semibold">
        <span className="grid size-7 place-items-center rounded-lg bg-accent text-accent-ink">
          <Icon name="key" />
        </span>
        {platform.title}
      </p>
      <section className="w-full max-w-sm rounded-2xl border border-line bg-surface p-6">
        <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold tracking-tight text-balance wrap-anywhere outline-none">
          {title}
        </h1>
        {text !== undefined && <div className="mt-1 text-ink-soft">{text}</div>}
        {children !== undefined && <div className="mt-5 space-y-4">{children}</div>}
      </section>
    </main>
  );
}
