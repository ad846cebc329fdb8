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
      className="group h-5 w-9 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors disabled:opacity-50 aria-checked:bg-good"
    >
      <span className="block size-4 rounded-full bg-white transition-transform group-aria-checked:translate-x-4" />
    </button>
  );
}
