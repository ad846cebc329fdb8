/** What the key may do: checkboxes if the platform lists its scopes, a text input if it takes any. */
import { useId, useState } from "react";
import { TextField } from "../../controls/field.tsx";
import { parseList, toggled } from "./list-text.ts";

interface ScopesProps {
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
}

export function ScopesText({ value, onChange, fault }: ScopesProps) {
  return (
    <TextField
      label="Scopes"
      optional
      placeholder="agents:read, agents:write"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      help="Separated by commas."
      fault={fault}
    />
  );
}

/** Nothing is checked by default. Initial scopes that the platform does not list are shown too, so that they can be removed. */
export function ScopeBoxes({ value, onChange, fault, scopes }: ScopesProps & { scopes: readonly string[] }) {
  const id = useId();
  const chosen = parseList(value);
  const [first] = useState(chosen);
  return (
    <fieldset aria-describedby={fault === undefined ? undefined : id}>
      <legend className="mb-1 font-medium">Scopes</legend>
      <p className="mb-1 text-xs text-ink-soft">Choose only what the key needs. Everything else is refused.</p>
      {/* Above the boxes, so that focusing the first one scrolls it into view. */}
      {fault !== undefined && (
        <p id={id} role="alert" className="mb-1 text-xs font-medium text-bad">
          {fault}
        </p>
      )}
      <div className="grid gap-x-4 sm:grid-cols-2">
        {[...new Set([...scopes, ...first])].map((scope) => (
          <label key={scope} className="flex min-h-8 items-center gap-2 max-sm:min-h-11">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              aria-invalid={fault !== undefined || undefined}
              checked={chosen.includes(scope)}
              onChange={() => onChange(toggled(value, scope))}
            />
            <span className="min-w-0 font-mono text-xs break-all">{scope}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
