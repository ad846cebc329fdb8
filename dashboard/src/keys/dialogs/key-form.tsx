/** The form for creating and editing a key. It shows the fields that the platform has, always in the same order. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { DialogActions } from "../../controls/dialog.tsx";
import { SelectField, TextField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { ENVIRONMENT_TITLES } from "../../words/environment.ts";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { DomainsField } from "./domains-field.tsx";
import type { Draft, Environment } from "./draft.ts";
import { ExpiryField } from "./expiry-field.tsx";
import { MoreFields } from "./more-fields.tsx";
import { ScopeBoxes } from "./scopes-field.tsx";
import { type Faults, type FormField, faultsOf, shownInputs } from "./settings.ts";

interface KeyFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  fields: readonly FormField[];
  /** The current expiry in words; absent for a new key. */
  kept?: string;
  /** At least one scope must be chosen. */
  needsScopes?: boolean;
  /** The label of the button. */
  deed: string;
  isBusy: boolean;
  error: unknown;
  onSubmit: () => void;
  onClose: () => void;
  children?: ReactNode;
}

export function KeyForm({
  draft,
  onChange,
  fields,
  kept,
  needsScopes = false,
  deed,
  isBusy,
  error,
  onSubmit,
  onClose,
  children,
}: KeyFormProps) {
  const { environments, dashboard, scopes } = usePlatform();
  const [tried, setTried] = useState<{ draft: Draft; faults: Faults; earlier: unknown }>();
  const answered = error === tried?.earlier ? undefined : error;
  const found = fieldOf(answered, shownInputs(fields));
  // Errors belong to the submitted draft: any change clears them.
  const faults = tried?.draft === draft ? { ...tried.faults, ...(found !== undefined && { [found]: sentenceOf(answered) }) } : {};
  const form = useFocusOnFault(faults);
  const part = { draft, faults, onChange: (changes: Partial<Draft>) => onChange({ ...draft, ...changes }) };
  const submit = () => {
    const wrong = faultsOf(draft, fields, Date.now(), needsScopes);
    // An error from an earlier request is not shown for a submission that never reaches the server.
    setTried({ draft, faults: wrong, earlier: error });
    if (Object.keys(wrong).length === 0 && !isBusy) onSubmit();
  };
  return (
    <form
      ref={form}
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField
        label={dashboard.words.name}
        placeholder="e.g. Production Website"
        autoComplete="off"
        value={draft.name}
        onChange={(event) => part.onChange({ name: event.target.value })}
        fault={faults.name}
      />
      {fields.includes("environment") && (
        <SelectField
          label="Environment"
          choices={environments.map((value) => ({ value, label: ENVIRONMENT_TITLES[value] }))}
          value={draft.environment}
          onChange={(event) => part.onChange({ environment: event.target.value as Environment })}
          fault={faults.environment}
        />
      )}
      {fields.includes("domains") && (
        <DomainsField value={draft.domains} onChange={(domains) => part.onChange({ domains })} fault={faults.domains} />
      )}
      {fields.includes("expiry") && (
        <ExpiryField
          value={draft.expiry}
          onChange={(expiry) => part.onChange({ expiry })}
          kept={kept}
          fault={faults.expiresAt ?? faults.expiresIn}
        />
      )}
      {scopes !== null && fields.includes("scopes") && (
        <ScopeBoxes {...{ scopes }} value={draft.scopes} onChange={(chosen) => part.onChange({ scopes: chosen })} fault={faults.scopes} />
      )}
      <MoreFields {...part} fields={fields} />
      {children}
      {answered instanceof Error && found === undefined && <Fault error={answered} />}
      <DialogActions>
        <Button onClick={onClose} disabled={isBusy}>
          Cancel
        </Button>
        <Button type="submit" look="primary" busy={isBusy}>
          {deed}
        </Button>
      </DialogActions>
    </form>
  );
}

/** Focuses the first invalid input when the set of errors changes. */
function useFocusOnFault(faults: Faults) {
  const form = useRef<HTMLFormElement>(null);
  const wrong = Object.keys(faults).join();
  useEffect(() => {
    if (wrong !== "") form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [wrong]);
  return form;
}
