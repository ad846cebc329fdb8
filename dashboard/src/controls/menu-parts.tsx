/** The parts of menus. Separate from `menu.tsx`, so that they are loaded when the first menu opens. */
import { Menu as Base } from "@base-ui/react/menu";
import { createLink } from "@tanstack/react-router";
import type { ComponentProps, ReactElement, ReactNode } from "react";
import { classNames } from "./class-names.ts";

const ITEM = "flex w-full items-center gap-2 rounded-lg px-2.5 py-1.5 text-left outline-none data-highlighted:bg-sunken max-sm:min-h-11";

export function Opened({ trigger, align, children }: { trigger: ReactElement; align: "start" | "end"; children: ReactNode }) {
  return (
    <Base.Root modal={false} defaultOpen>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} className="z-50 outline-none">
          <Base.Popup className="min-w-48 max-w-80 rounded-xl border border-line bg-raised p-1 shadow-popup outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function Item({ danger = false, onClick, children }: { danger?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Base.Item onClick={onClick} className={classNames(ITEM, danger && "text-bad")}>
      {children}
    </Base.Item>
  );
}

export const LinkItem = createLink(function MenuAnchor({ children, ...anchor }: ComponentProps<"a">) {
  return (
    <Base.Item render={<a {...anchor} />} className={ITEM}>
      {children}
    </Base.Item>
  );
});

export function Group({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-faint">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

export function Line() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}

export interface ChoicesProps {
  value: string;
  onChoose: (value: string) => void;
  choices: readonly { value: string; label: string }[];
}

export function Choices({ value, onChoose, choices }: ChoicesProps) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChoose}>
      {choices.map((choice) => (
        <Base.RadioItem key={choice.value} value={choice.value} closeOnClick className={classNames(ITEM, "justify-between")}>
          {choice.label}
          <Base.RadioItemIndicator className="text-accent">●</Base.RadioItemIndicator>
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}
