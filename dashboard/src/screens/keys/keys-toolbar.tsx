/** Which keys are listed: search, status, environment. */
import type { RefObject } from "react";
import { usePlatform } from "../../app/session.ts";
import { useTypedText } from "../../app/use-typed-text.ts";
import { inputClass } from "../../controls/field.tsx";
import { Icon } from "../../controls/icon.tsx";
import { type KeysSearch, STATUSES, type StatusFilter } from "./search.ts";

const SEARCH_AFTER_MS = 200;
/** On a phone two side by side. */
const NARROW = "w-auto min-w-0 max-sm:flex-1 max-sm:pr-0 max-sm:pl-2";

interface KeysToolbarProps {
  search: KeysSearch;
  onChange: (change: Partial<KeysSearch>) => void;
  /** So that a key of the keyboard can bring the focus there. */
  input: RefObject<HTMLInputElement | null>;
}

export function KeysToolbar({ search, onChange, input }: KeysToolbarProps) {
  const platform = usePlatform();
  return (
    <search className="flex flex-wrap gap-2 border-b border-line p-3 sm:px-5">
      <SearchInput value={search.search ?? ""} input={input} onChange={(text) => onChange({ search: text === "" ? undefined : text })} />
      <select
        aria-label="Status"
        className={inputClass(false, `${NARROW} sm:max-w-48`)}
        value={search.status ?? "current"}
        onChange={(event) => onChange({ status: event.target.value === "current" ? undefined : (event.target.value as StatusFilter) })}
      >
        {STATUSES.filter((status) => isOffered(status, platform)).map((status) => (
          <option key={status} value={status}>
            {statusInWords(status, platform)}
          </option>
        ))}
      </select>
      {platform.environments.length > 1 && (
        <select
          aria-label="Environment"
          className={inputClass(false, `${NARROW} sm:max-w-44`)}
          value={search.environment ?? ""}
          onChange={(event) => onChange({ environment: event.target.value === "" ? undefined : (event.target.value as "live" | "test") })}
        >
          <option value="">Live and test</option>
          <option value="live">Live</option>
          <option value="test">Test</option>
        </select>
      )}
    </search>
  );
}

type Platform = ReturnType<typeof usePlatform>;

function isOffered(status: StatusFilter, { dashboard: { actions }, rotateAfterDays }: Platform): boolean {
  if (status === "revoked") return actions.includes("revoke");
  if (status === "rotating") return actions.includes("rotate");
  if (status === "disabled") return actions.includes("toggle");
  return status !== "rotation_due" || rotateAfterDays !== null;
}

function statusInWords(status: StatusFilter, { dashboard: { words }, rotateAfterDays }: Platform): string {
  const inWords: Record<StatusFilter, string> = {
    current: "All keys",
    active: words.active,
    disabled: "Disabled",
    expiring: "Expiring soon",
    expired: "Expired",
    rotating: "Rotating",
    rotation_due: `Older than ${rotateAfterDays ?? 90} days`,
    unused: "Unused for 30 days",
    revoked: `${words.revoked} keys`,
  };
  return inWords[status];
}

function SearchInput({
  value,
  onChange,
  input,
}: {
  value: string;
  onChange: (text: string) => void;
  input: RefObject<HTMLInputElement | null>;
}) {
  const [text, setText] = useTypedText(value, onChange, SEARCH_AFTER_MS);
  return (
    <div className="relative min-w-48 grow max-sm:basis-full sm:max-w-sm">
      <Icon name="search" className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-faint" />
      <input
        ref={input}
        type="search"
        aria-label="Search keys"
        aria-keyshortcuts="/"
        placeholder="Search by name or prefix"
        maxLength={128}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setText("")}
        className={inputClass(false, "pl-9")}
      />
      <span aria-hidden="true" className="absolute top-2 right-2 rounded border border-line px-1.5 text-xs text-ink-faint max-sm:hidden">
        /
      </span>
    </div>
  );
}
