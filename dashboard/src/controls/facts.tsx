/** A list of names and values. */
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-x-8 gap-y-4 lg:grid-cols-3">{children}</dl>;
}

/** `wide` takes a whole row on a phone. */
export function Fact({ name, wide = false, children }: { name: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={classNames("min-w-0", wide && "max-sm:col-span-2")}>
      <dt className="text-xs text-ink-soft">{name}</dt>
      <dd className="mt-0.5 break-words">{children}</dd>
    </div>
  );
}
