/** An input for pasting a secret, masked unless the person shows it. */
import { useState } from "react";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Field, inputClass } from "./field.tsx";
import { Icon } from "./icon.tsx";

interface HiddenInputProps {
  label: string;
  help?: string;
  value: string;
  onChange: (value: string) => void;
  fault: string | undefined;
}

/** Masked by CSS, not by `type="password"`: browsers offer to save what is typed into those. */
export function HiddenInput({ label, help, value, onChange, fault }: HiddenInputProps) {
  const [isShown, setShown] = useState(false);
  return (
    <Field
      label={label}
      help={help}
      fault={fault}
      render={(tied) => (
        <div className="flex gap-2">
          <input
            {...tied}
            type="text"
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            data-1p-ignore=""
            data-lpignore="true"
            value={value}
            onChange={(event) => onChange(event.target.value)}
            className={inputClass(fault !== undefined, classNames("min-w-0 grow font-mono", !isShown && "[-webkit-text-security:disc]"))}
          />
          <Button aria-pressed={isShown} aria-label="Show what was pasted" onClick={() => setShown(!isShown)}>
            <Icon name="eye" />
            {isShown ? "Hide" : "Show"}
          </Button>
        </div>
      )}
    />
  );
}
