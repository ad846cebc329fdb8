/** Several views of one thing, one visible at a time. */
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

interface Tab {
  readonly name: string;
  readonly content: ReactNode;
}

/** `label` names what the views show. The first tab starts selected. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <Base.Root defaultValue={tabs[0]?.name}>
      <Base.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map(({ name }) => (
          <Base.Tab
            key={name}
            value={name}
            className="-mb-px min-h-9 border-b-2 border-transparent px-3 py-1.5 font-medium text-ink-soft hover:text-ink data-active:border-accent data-active:text-accent"
          >
            {name}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map(({ name, content }) => (
        <Base.Panel key={name} value={name} className="rounded-b-lg pt-3">
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
