/** Which resources the key may be used for: all, or those in a list. */
import { useId } from "react";
import { usePlatform } from "../../app/session.ts";
import { TextArea } from "../../controls/field.tsx";
import type { FormPartProps } from "./settings.ts";

export function ResourcesField({ draft, onChange, faults }: FormPartProps) {
  const { resources: word } = usePlatform().dashboard.words;
  const group = useId();
  const choices = [
    { all: true, label: "All" },
    { all: false, label: "Only these" },
  ];
  return (
    <fieldset className="space-y-2">
      <legend className="mb-1 font-medium">{word}</legend>
      <div className="flex gap-5">
        {choices.map(({ all, label }) => (
          <label key={label} className="flex min-h-8 items-center gap-2 max-sm:min-h-11">
            <input
              type="radio"
              name={group}
              className="size-4 accent-accent"
              checked={draft.allResources === all}
              onChange={() => onChange({ allResources: all })}
            />
            {label}
          </label>
        ))}
      </div>
      {!draft.allResources && (
        <TextArea
          label={`Names of ${word.toLowerCase()}`}
          value={draft.resources}
          onChange={(event) => onChange({ resources: event.target.value })}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          help="Separated by commas or line breaks, spelled as in requests."
          fault={faults.resources}
        />
      )}
    </fieldset>
  );
}
