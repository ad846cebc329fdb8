/** A read-only text to copy. Focusing it selects all of it. */
import { useId } from "react";
import { classNames } from "../controls/class-names.ts";
import { CopyButton } from "../controls/copy-button.tsx";

const FIELD = "min-w-0 grow rounded-lg border border-line-strong/70 bg-sunken px-3 py-2 font-mono text-sm text-ink";

/** `what` names it in "Key copied"; `isMain` marks the main thing in the dialog. */
export function SecretField({ label, text, what, isMain = false }: { label: string; text: string; what: string; isMain?: boolean }) {
  const id = useId();
  const field = {
    id,
    readOnly: true,
    value: text,
    autoComplete: "off",
    spellCheck: false,
    onFocus: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => selectAll(currentTarget),
  };
  const lines = text.split("\n").length;
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <div className="flex flex-col gap-2 sm:flex-row sm:items-start">
        {lines === 1 ? (
          <input type="text" {...field} className={FIELD} />
        ) : (
          <textarea {...field} rows={lines + 1} className={classNames(FIELD, "resize-none break-all field-sizing-content")} />
        )}
        <CopyButton text={text} what={what} look={isMain ? "primary" : "plain"}>
          Copy<span className="sr-only"> {label.replace(/:$/, "")}</span>
        </CopyButton>
      </div>
    </div>
  );
}

/** Selects everything, and scrolls back to the beginning. */
function selectAll(field: HTMLInputElement | HTMLTextAreaElement): void {
  field.select();
  requestAnimationFrame(() => field.scrollTo({ left: 0 }));
}
