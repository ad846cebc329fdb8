/** Collapsed details of a row: names and values, for those who look closer. */

export interface Detail {
  readonly name: string;
  readonly text: string;
}

export function Details({ rows }: { rows: readonly Detail[] }) {
  return (
    <details className="mt-0.5 text-xs text-ink-soft">
      <summary className="w-fit rounded hover:text-ink">Details</summary>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
        {rows.map(({ name, text }) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd className="min-w-0 font-mono break-all text-ink">{text}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
