/** Settings that few keys need, collapsed: free-form scopes, resources, and the key's own limits. */
import { useState } from "react";
import { usePlatform } from "../../app/session.ts";
import { TextField } from "../../controls/field.tsx";
import { type Draft, LIMITS } from "./draft.ts";
import { parseList } from "./list-text.ts";
import { ResourcesField } from "./resources-field.tsx";
import { ScopesText } from "./scopes-field.tsx";
import type { FormField, FormPartProps } from "./settings.ts";

const FOLDED = ["scopes", "resources", "limits"] as const satisfies FormField[];

export function MoreFields({ draft, onChange, faults, fields }: FormPartProps & { fields: readonly FormField[] }) {
  const { scopes } = usePlatform();
  const folded = FOLDED.filter((field) => fields.includes(field) && (field !== "scopes" || scopes === null));
  const [isOpen, setOpen] = useState(() => isFilled(draft, folded));
  if (folded.length === 0) return null;
  const isFaulty = Object.entries(faults).some(([name, fault]) => fault !== undefined && folded.some((field) => name.startsWith(field)));
  return (
    // An error opens it, and it stays open while the error is corrected.
    <details
      open={isOpen || isFaulty}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      className="group rounded-lg border border-line"
    >
      <summary className="px-3 py-2 font-medium">More</summary>
      <div className="space-y-5 border-t border-line px-3 py-4">
        {folded.includes("scopes") && (
          <ScopesText value={draft.scopes} onChange={(text) => onChange({ scopes: text })} fault={faults.scopes} />
        )}
        {folded.includes("resources") && <ResourcesField {...{ draft, onChange, faults }} />}
        {folded.includes("limits") && <LimitFields {...{ draft, onChange, faults }} />}
      </div>
    </details>
  );
}

/** Whether any of these settings is set. */
function isFilled({ scopes, allResources, limits }: Draft, folded: readonly FormField[]): boolean {
  const hasScopes = folded.includes("scopes") && parseList(scopes).length > 0;
  return hasScopes || !allResources || Object.values(limits).some((limit) => limit !== "");
}

function LimitFields({ draft, onChange, faults }: FormPartProps) {
  const { plans } = usePlatform();
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Requests at most</legend>
      <p className="mb-2 text-xs text-ink-soft">
        Leave empty for no limit of its own. {Object.keys(plans).length > 0 && "The plan's limits also apply; the lower one counts."}
      </p>
      <div className="grid gap-3 sm:grid-cols-3">
        {LIMITS.map(({ name, label }) => (
          <TextField
            key={name}
            label={label}
            inputMode="numeric"
            autoComplete="off"
            value={draft.limits[name]}
            onChange={(event) => onChange({ limits: { ...draft.limits, [name]: event.target.value } })}
            fault={faults[`limits.${name}`]}
          />
        ))}
      </div>
    </fieldset>
  );
}
