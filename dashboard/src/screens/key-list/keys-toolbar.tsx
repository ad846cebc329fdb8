/** The filters of the list: search, status, environment. */
import type { ApiKey } from "@keyward/sdk";
import type { RefObject } from "react";
import { usePlatform } from "../../app/session.ts";
import { inputClass } from "../../controls/field.tsx";
import { Icon } from "../../controls/icon.tsx";
import { useKeySafeText } from "../../keys/key-safe-text.ts";
import { type KeysSearch, SEARCH_MAX_CHARACTERS, STATUSES, type StatusFilter } from "./search.ts";

const SEARCH_AFTER_MS = 200;
/** On a phone both selects fit side by side. */
const NARROW = "w-auto min-w-0 max-sm:flex-1 max-sm:pr-0 max-sm:pl-2";

interface KeysToolbarProps {
  organizationId: string;
  search: KeysSearch;
  onChange: (change: Partial<KeysSearch>) => void;
  /** Called with the key that was pasted into the search. */
  onKey: (key: ApiKey) => void;
  /** So that a keyboard shortcut can focus it. */
  input: RefObject<HTMLInputElement | null>;
}

export function KeysToolbar({ organizationId, search, onChange, onKey, input }: KeysToolbarProps) {
  const platform = usePlatform();
  return (
    <search className="flex flex-wrap gap-2 border-b border-line p-3 sm:px-5">
      <SearchInput
        {...{ organizationId, input, onKey }}
        value={search.search ?? ""}
        onChange={(text) => onChange({ search: text === "" ? undefined : text })}
      />
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

interface SearchInputProps extends Pick<KeysToolbarProps, "organizationId" | "input" | "onKey"> {
  value: string;
  onChange: (text: string) => void;
}

function SearchInput({ organizationId, value, onChange, onKey, input }: SearchInputProps) {
  const typed = useKeySafeText({
    organizationId,
    asked: value,
    onText: (text) => onChange(text.slice(0, SEARCH_MAX_CHARACTERS)),
    onKey,
    pauseMs: SEARCH_AFTER_MS,
  });
  return (
    <div className="relative min-w-48 grow max-sm:basis-full sm:max-w-sm">
      <Icon name="search" className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-faint" />
      <input
        ref={input}
        type="search"
        aria-label="Search keys"
        aria-keyshortcuts="/"
        placeholder="Search by name or prefix"
        autoComplete="off"
        value={typed.text}
        onChange={typed.onChange}
        onKeyDown={(event) => event.key === "Escape" && typed.clear()}
        className={inputClass(false, "pl-9")}
      />
      <span aria-hidden="true" className="absolute top-2 right-2 rounded border border-line px-1.5 text-xs text-ink-faint max-sm:hidden">
        /
      </span>
      <p role="status" className="mt-1 text-xs text-ink-soft empty:hidden">
        {typed.note}
      </p>
    </div>
  );
}
