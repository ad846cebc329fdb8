/** On or off. */
interface SwitchProps {
  /** Its name for screen readers. */
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, checked, disabled = false, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-label={label}
      aria-checked={checked}
      disabled={disabled}
      onClick={() => onChange(!checked)}
      className="group relative h-6 w-10 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors after:absolute after:-inset-2 disabled:opacity-50 aria-checked:bg-good forced-colors:border forced-colors:p-px forced-colors:aria-checked:bg-[Highlight]"
    >
      <span className="block size-5 rounded-full bg-white transition-transform group-aria-checked:translate-x-4 forced-colors:bg-[ButtonText]" />
    </button>
  );
}
