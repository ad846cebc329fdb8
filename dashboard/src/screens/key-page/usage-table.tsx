/** The numbers of the chart as a table, to read or copy. Intervals without requests are left out. */
import { wholeNumber } from "../../words/number.ts";
import { countOf, KIND_TITLES, kindsOf, longInterval, type Usage } from "../../words/usage.ts";

export function UsageTable({ usage: { data, intervalHours }, caption }: { usage: Usage; caption: string }) {
  const rows = data.map(({ at, outcomes }) => ({ at, kinds: kindsOf(outcomes) })).filter(({ kinds }) => countOf(kinds) > 0);
  return (
    <details className="mt-3">
      <summary className="w-fit rounded text-ink-soft hover:text-ink">The numbers as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section aria-label="The numbers as a table" tabIndex={0} className="mt-2 max-h-80 overflow-auto rounded-lg border border-line">
        <table className="w-full text-right tabular-nums">
          <caption className="sr-only">{caption}</caption>
          <thead className="sticky top-0 bg-sunken text-xs text-ink-soft">
            <tr>
              <Head isFirst>When</Head>
              <Head>{KIND_TITLES.valid}</Head>
              <Head>{KIND_TITLES.rateLimited}</Head>
              <Head>{KIND_TITLES.refused}</Head>
            </tr>
          </thead>
          <tbody>
            {rows.toReversed().map(({ at, kinds }) => (
              <tr key={at} className="border-t border-line">
                <th scope="row" className="px-3 py-1.5 text-left font-normal">
                  {longInterval(at, intervalHours)}
                </th>
                <td className="px-3 py-1.5">{wholeNumber(kinds.valid)}</td>
                <td className="px-3 py-1.5">{wholeNumber(kinds.rateLimited)}</td>
                <td className="px-3 py-1.5">{wholeNumber(kinds.refused)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

function Head({ isFirst = false, children }: { isFirst?: boolean; children: string }) {
  return (
    <th scope="col" className={isFirst ? "px-3 py-2 text-left font-medium" : "px-3 py-2 font-medium"}>
      {children}
    </th>
  );
}
