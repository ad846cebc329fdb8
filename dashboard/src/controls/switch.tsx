/** On or off. */
import { Switch as Base } from "@base-ui/react/switch";

/** `label` is its name for screen readers. */
export function Switch({
  label,
  checked,
  disabled,
  onChange,
}: {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <Base.Root
      aria-label={label}
      checked={checked}
      disabled={disabled ?? false}
      onCheckedChange={(next) => onChange(next)}
      className="relative h-5 w-9 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors data-checked:bg-good data-disabled:opacity-50"
    >
      <Base.Thumb className="block size-4 rounded-full bg-white transition-transform data-checked:translate-x-4" />
    </Base.Root>
  );
}
