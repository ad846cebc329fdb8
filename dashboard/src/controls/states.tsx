/** What a page shows instead of content: empty, failed, loading. */
import type { ReactNode, Ref } from "react";
import { isForbidden, isNotFound, sentenceOf } from "../words/failure.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { useArrival } from "./use-arrival.ts";

interface BlankProps {
  icon: IconName;
  title: string;
  text?: ReactNode;
  /** Buttons or links that help. */
  children?: ReactNode;
}

/** Empty, nothing found, not allowed. Pass `heading` when it fills a whole page: the title is then the h1. */
export function Blank({ icon, title, text, children, heading }: BlankProps & { heading?: Ref<HTMLHeadingElement> }) {
  const Heading = heading === undefined ? "h2" : "h1";
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      <span className="mb-1 rounded-full bg-sunken p-3 text-ink-soft">
        <Icon name={icon} className="size-6" />
      </span>
      <Heading
        ref={heading}
        tabIndex={heading === undefined ? undefined : -1}
        className="text-base font-semibold wrap-anywhere outline-none"
      >
        {title}
      </Heading>
      {text !== undefined && <p className="max-w-md text-ink-soft text-balance">{text}</p>}
      {children !== undefined && <div className="mt-3 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}

/** A `Blank` that fills a whole page. */
export function BlankPage(props: BlankProps) {
  return <Blank {...props} heading={useArrival(props.title)} />;
}

/** A failed request, in a part of a page or, with `isPage`, instead of the page. */
export function Failed({
  error,
  retry,
  isPage = false,
  missing = "It may have been removed, or it belongs to another organization.",
}: {
  error: unknown;
  retry?: () => void;
  isPage?: boolean;
  missing?: string;
}) {
  const Told = isPage ? BlankPage : Blank;
  if (isNotFound(error)) return <Told icon="search" title="Not found" text={missing} />;
  if (isForbidden(error)) return <Told icon="warning" title="You cannot see this" text={sentenceOf(error)} />;
  return (
    <div role="alert">
      <Told icon="warning" title="This could not be loaded" text={sentenceOf(error)}>
        {retry !== undefined && <Button onClick={retry}>Try again</Button>}
      </Told>
    </div>
  );
}

/** An error message beside what failed. */
export function Fault({ error }: { error: unknown }) {
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 font-medium text-bad">
      {sentenceOf(error)}
    </p>
  );
}

/** A placeholder of `rows` grey lines while something loads. */
export function Loading({ rows = 5, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-3 p-4">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} className="h-5 animate-pulse rounded bg-sunken motion-reduce:animate-none" />
      ))}
    </div>
  );
}
