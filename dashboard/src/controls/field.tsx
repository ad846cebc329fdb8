/** An input with its label, help and error, connected for screen readers. */
import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

interface FieldProps {
  label: string;
  help?: ReactNode;
  /** The error message. */
  fault?: string | undefined;
  optional?: boolean;
}

const INPUT =
  "w-full min-h-9 rounded-lg border bg-surface px-3 py-1.5 text-sm text-ink disabled:opacity-60 max-sm:text-base placeholder:text-ink-faint";

export function inputClass(isFaulty: boolean, more?: string): string {
  return classNames(INPUT, isFaulty ? "border-bad" : "border-line-strong/70", more);
}

/** Connects label, help and error with the control that `render` creates. */
export function Field({ label, help, fault, optional = false, render }: FieldProps & { render: (tied: TiedProps) => ReactNode }) {
  const id = useId();
  const described = [help !== undefined && `${id}-help`, fault !== undefined && `${id}-fault`].filter(Boolean).join(" ");
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium wrap-anywhere">
        {label}
        {optional && <span className="font-normal text-ink-faint"> (optional)</span>}
      </label>
      {render({ id, "aria-invalid": fault !== undefined || undefined, "aria-describedby": described || undefined })}
      {help !== undefined && (
        <div id={`${id}-help`} className="mt-1 text-xs text-ink-soft">
          {help}
        </div>
      )}
      {fault !== undefined && (
        <p id={`${id}-fault`} role="alert" className="mt-1 text-xs font-medium text-bad">
          {fault}
        </p>
      )}
    </div>
  );
}

interface TiedProps {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
}

export function TextField({ label, help, fault, optional, className, ...input }: FieldProps & ComponentProps<"input">) {
  return (
    <Field
      {...{ label, help, fault, optional: optional ?? false }}
      render={(tied) => <input type="text" {...input} {...tied} className={inputClass(fault !== undefined, className)} />}
    />
  );
}

export function TextArea({ label, help, fault, optional, className, ...input }: FieldProps & ComponentProps<"textarea">) {
  return (
    <Field
      {...{ label, help, fault, optional: optional ?? false }}
      render={(tied) => <textarea rows={2} {...input} {...tied} className={inputClass(fault !== undefined, className)} />}
    />
  );
}

export interface Choice {
  value: string;
  label: string;
}

/** A select: the browser's own, which works with every keyboard and phone. */
export function SelectField({
  label,
  help,
  fault,
  optional,
  choices,
  ...select
}: FieldProps & ComponentProps<"select"> & { choices: readonly Choice[] }) {
  return (
    <Field
      {...{ label, help, fault, optional: optional ?? false }}
      render={(tied) => (
        <select {...select} {...tied} className={inputClass(fault !== undefined)}>
          {choices.map(({ value, label: text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
}
