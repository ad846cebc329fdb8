/** The filters of the audit log: event, person, key, dates. */

import { useMemberNames } from "../../audit/member-names.ts";
import { Button } from "../../controls/button.tsx";
import { type Choice, SelectField, TextField } from "../../controls/field.tsx";
import { useKeySafeText } from "../../keys/key-safe-text.ts";
import { AUDIT_ACTIONS } from "../../words/audit.ts";
import type { AuditSearch } from "./search.ts";

const ASKED_AFTER_MS = 400;
/** The server's limit. */
const SUBJECT_MAX_CHARACTERS = 128;

interface AuditFiltersProps {
  organizationId: string;
  search: AuditSearch;
  /** Undefined removes a filter. */
  onChange: (changes: { [Name in keyof AuditSearch]?: string | undefined }) => void;
}

export function AuditFilters({ organizationId, search, onChange }: AuditFiltersProps) {
  const people = useMemberNames(organizationId).map(({ id, name }) => ({ value: id, label: name }));
  const actions = AUDIT_ACTIONS.map(({ action, title }) => ({ value: action, label: title }));
  const isFiltered = Object.keys(search).length > 0;
  const set = (name: keyof AuditSearch) => (event: { target: { value: string } }) => onChange({ [name]: event.target.value || undefined });
  return (
    <form
      aria-label="Filter the events"
      onSubmit={(event) => event.preventDefault()}
      className="grid items-end gap-3 p-4 sm:grid-cols-2 sm:p-5 lg:grid-cols-5"
    >
      <SelectField label="Event" value={search.action ?? ""} onChange={set("action")} choices={withChosen("All", actions, search.action)} />
      <SelectField
        label="Person"
        value={search.actor ?? ""}
        onChange={set("actor")}
        choices={withChosen("Everybody", [...people, { value: "operator", label: "The operator" }], search.actor)}
      />
      <SubjectField {...{ organizationId }} subject={search.subject} onChange={(subject) => onChange({ subject })} />
      <TextField label="From" type="date" value={search.from ?? ""} max={search.to} onChange={set("from")} />
      <TextField label="To" type="date" value={search.to ?? ""} min={search.from} onChange={set("to")} />
      {isFiltered && (
        <Button
          look="quiet"
          className="justify-self-start"
          onClick={() => onChange({ action: undefined, actor: undefined, subject: undefined, from: undefined, to: undefined })}
        >
          Clear the filters
        </Button>
      )}
    </form>
  );
}

/** A value from the address is offered too, even if it is not listed. */
function withChosen(all: string, choices: readonly Choice[], chosen: string | undefined): readonly Choice[] {
  const isListed = chosen === undefined || choices.some(({ value }) => value === chosen);
  return [{ value: "", label: all }, ...choices, ...(isListed ? [] : [{ value: chosen, label: chosen }])];
}

interface SubjectFieldProps {
  organizationId: string;
  subject: string | undefined;
  onChange: (subject: string | undefined) => void;
}

/** A pasted key becomes its id. */
function SubjectField({ organizationId, subject = "", onChange }: SubjectFieldProps) {
  const typed = useKeySafeText({
    organizationId,
    asked: subject,
    onText: (text) => onChange(text.slice(0, SUBJECT_MAX_CHARACTERS) || undefined),
    onKey: ({ id }) => onChange(id),
    pauseMs: ASKED_AFTER_MS,
  });
  return (
    <TextField
      label="Key id"
      value={typed.text}
      onChange={typed.onChange}
      help={typed.note && <span role="status">{typed.note}</span>}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
