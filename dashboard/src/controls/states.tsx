/** What a screen shows when it has nothing to show: each case in its own words, with what can be done. */
import type { ReactNode } from "react";
import { isForbidden, isNotFound, sentenceOf } from "../app/failure.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

/** Nothing there, nothing found, nothing allowed. `children` is what can be done about it. */
export function Blank({ icon, title, text, children }: { icon: IconName; title: string; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      <span className="mb-1 rounded-full bg-sunken p-3 text-ink-soft">
        <Icon name={icon} className="size-6" />
      </span>
      <h2 className="text-base font-semibold">{title}</h2>
      {text !== undefined && <p className="max-w-md text-ink-soft text-balance">{text}</p>}
      {children !== undefined && <div className="mt-3 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}

/** A failure of a whole screen or of a part of it. */
export function Failed({
  error,
  retry,
  missing = "It may have been removed, or it belongs to another organization.",
}: {
  error: unknown;
  retry?: () => void;
  missing?: string;
}) {
  if (isNotFound(error)) return <Blank icon="search" title="Not found" text={missing} />;
  if (isForbidden(error)) return <Blank icon="warning" title="You may not see this" text={sentenceOf(error)} />;
  return (
    <div role="alert">
      <Blank icon="warning" title="This did not load" text={sentenceOf(error)}>
        {retry !== undefined && <Button onClick={retry}>Try again</Button>}
      </Blank>
    </div>
  );
}

/** A sentence about a failure, beside what failed. */
export function Fault({ error }: { error: unknown }) {
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 font-medium text-bad">
      {sentenceOf(error)}
    </p>
  );
}

/** Something is on its way: `rows` grey lines in its place. */
export function Loading({ rows = 5, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-3 p-4">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} className="h-5 animate-pulse rounded bg-sunken motion-reduce:animate-none" />
      ))}
    </div>
  );
}
