/** When the key expires: presets, the date they mean, and a custom date. */
import { SelectField, TextField } from "../../controls/field.tsx";
import { EXPIRY_PRESETS, type ExpiryDraft, expiryInWords, localMinute } from "./expiry.ts";

/** `kept` is the current expiry of an existing key, in words. */
export function ExpiryField({
  value,
  onChange,
  kept,
  fault,
}: {
  value: ExpiryDraft;
  onChange: (value: ExpiryDraft) => void;
  kept?: string | undefined;
  fault: string | undefined;
}) {
  const now = Date.now();
  const isCustom = value.choice === "custom";
  const words = <span aria-live="polite">{expiryInWords(value, now)}</span>;
  const choices = kept === undefined ? EXPIRY_PRESETS : [{ value: "kept", label: `As it is: ${kept}` }, ...EXPIRY_PRESETS];
  return (
    <div className="space-y-2">
      <SelectField
        label="Expires"
        choices={choices}
        value={value.choice}
        onChange={(event) => onChange({ ...value, choice: event.target.value as ExpiryDraft["choice"] })}
        help={isCustom ? undefined : words}
        fault={isCustom ? undefined : fault}
      />
      {isCustom && (
        <TextField
          type="datetime-local"
          label="Expiry date and time"
          value={value.custom}
          min={localMinute(new Date(now))}
          onChange={(event) => onChange({ ...value, custom: event.target.value })}
          help={words}
          fault={fault}
        />
      )}
    </div>
  );
}
