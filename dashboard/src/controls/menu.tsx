/** A menu behind a button. Its code is loaded when the pointer or the focus reaches the button. */
import type { LinkProps } from "@tanstack/react-router";
import { cloneElement, type ReactElement, type ReactNode, Suspense, use, useState } from "react";
import type { ChoicesProps } from "./menu-parts.tsx";

let parts: Promise<typeof import("./menu-parts.tsx")> | undefined;
function loadParts(): Promise<typeof import("./menu-parts.tsx")> {
  parts ??= import("./menu-parts.tsx").catch((error) => {
    // Forget the failure, so that the next use tries again.
    parts = undefined;
    throw error;
  });
  return parts;
}

interface TriggerProps {
  "aria-haspopup"?: "menu";
  "aria-expanded"?: boolean;
  onClick?: () => void;
  onPointerEnter?: () => void;
  onFocus?: () => void;
}

interface MenuProps {
  /** The button. */
  trigger: ReactElement<TriggerProps>;
  align?: "start" | "end";
  /** `MenuItem`s, `MenuLink`s, `MenuGroup`s and the like. */
  children: ReactNode;
}

export function Menu({ trigger, align = "end", children }: MenuProps) {
  const [wasOpened, setOpened] = useState(false);
  const preload = () => void loadParts().catch(() => undefined);
  const closed = cloneElement(trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onClick: () => setOpened(true),
    onPointerEnter: preload,
    onFocus: preload,
  });
  if (!wasOpened) return closed;
  return (
    <Suspense fallback={closed}>
      <OpenedMenu trigger={trigger} align={align}>
        {children}
      </OpenedMenu>
    </Suspense>
  );
}

function OpenedMenu(props: { trigger: ReactElement; align: "start" | "end"; children: ReactNode }) {
  const { Opened } = use(loadParts());
  return <Opened {...props} />;
}

export function MenuItem(props: { danger?: boolean; onClick: () => void; children: ReactNode }) {
  const { Item } = use(loadParts());
  return <Item {...props} />;
}

export function MenuLink(props: LinkProps & { children: ReactNode }) {
  const { LinkItem } = use(loadParts());
  return <LinkItem {...props} />;
}

export function MenuGroup(props: { label: string; children: ReactNode }) {
  const { Group } = use(loadParts());
  return <Group {...props} />;
}

export function MenuLine() {
  const { Line } = use(loadParts());
  return <Line />;
}

/** Items of which one is selected. */
export function MenuChoices(props: ChoicesProps) {
  const { Choices } = use(loadParts());
  return <Choices {...props} />;
}
