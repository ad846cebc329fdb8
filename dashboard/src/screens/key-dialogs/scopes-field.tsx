/** What the key may do: boxes to tick where the platform lists its scopes, a text where it takes any. */
import { useId, useState } from "react";
import { usePlatform } from "../../app/session.ts";
import { TextField } from "../../controls/field.tsx";
import { parseList, toggled } from "./list-text.ts";

interface ScopesProps {
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
}

export function ScopesField({ value, onChange, fault }: ScopesProps) {
  const { scopes } = usePlatform();
  if (scopes !== null) return <ScopeBoxes {...{ value, onChange, fault, scopes }} />;
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

/** Scopes that the form began with and the platform does not have are listed too, so that they can be taken away. */
function ScopeBoxes({ value, onChange, fault, scopes }: ScopesProps & { scopes: readonly string[] }) {
  const id = useId();
  const chosen = parseList(value);
  const [first] = useState(chosen);
  return (
    <fieldset aria-describedby={fault === undefined ? undefined : id}>
      <legend className="mb-1 font-medium">Scopes</legend>
      <p className="mb-1 text-xs text-ink-soft">What the key may do; all else is refused.</p>
      <div className="grid gap-x-4 sm:grid-cols-2">
        {[...new Set([...scopes, ...first])].map((scope) => (
          <label key={scope} className="flex min-h-8 items-center gap-2 max-sm:min-h-11">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={chosen.includes(scope)}
              onChange={() => onChange(toggled(value, scope))}
            />
            <span className="min-w-0 font-mono text-xs break-all">{scope}</span>
          </label>
        ))}
      </div>
      {fault !== undefined && (
        <p id={id} role="alert" className="mt-1 text-xs font-medium text-bad">
          {fault}
        </p>
      )}
    </fieldset>
  );
}
