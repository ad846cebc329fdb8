/** Allowed domains. While typing, the server checks each one and shows how it would be saved. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client } from "../../app/client.ts";
import { TextField } from "../../controls/field.tsx";
import { Icon } from "../../controls/icon.tsx";

const SETTLED_AFTER_MS = 350;

export function DomainsField({ value, onChange, fault }: { value: string; onChange: (value: string) => void; fault: string | undefined }) {
  return (
    <div>
      <TextField
        label="Allowed domains"
        optional
        placeholder="example.com, *.example.com"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        fault={fault}
        help="Separated by commas. Websites on which the public key may be used alone; with the secret key, requests may come from anywhere."
      />
      <CheckedDomains text={value} />
    </div>
  );
}

function CheckedDomains({ text }: { text: string }) {
  const settled = useSettled(text.trim());
  const { data } = useQuery({
    queryKey: ["domains", settled],
    queryFn: ({ signal }) => client.domains.check(settled, { signal }),
    enabled: settled !== "",
    placeholderData: keepPreviousData,
  });
  const checked = text.trim() === "" || settled === "" ? [] : (data?.data ?? []);
  return (
    <ul aria-label="Checked domains" aria-live="polite" className="mt-2 space-y-1 text-xs empty:hidden">
      {checked.map(({ given, domain, message }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same domain may be typed twice
        <li key={`${index} ${given}`} className="flex items-start gap-1.5">
          <Icon
            name={domain === null ? "warning" : "check"}
            className={`mt-0.5 size-3.5 shrink-0 ${domain === null ? "text-bad" : "text-good"}`}
          />
          <span className="min-w-0 break-words">
            {domain === null ? <span className="text-bad">{message}</span> : spelling(given, domain)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function spelling(given: string, domain: string): string {
  return given.trim() === domain ? domain : `${given.trim()} is saved as ${domain}`;
}

/** The text after typing has paused. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
