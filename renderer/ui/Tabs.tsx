import { Tabs as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';

export interface Tab {
  value: string;
  title: ReactNode;
  content: ReactNode;
}

interface TabsProps {
  tabs: readonly Tab[];
  value: string;
  onChange: (value: string) => void;
  label: string;
}

/** Tabs over the whole height: only the chosen tab's content is mounted, so a hidden panel costs nothing. */
export function Tabs({ tabs, value, onChange, label }: TabsProps) {
  return (
    <Primitive.Root value={value} onValueChange={onChange} className="flex h-full min-h-0 flex-col">
      <Primitive.List aria-label={label} className="flex h-9 shrink-0 items-stretch gap-1 border-b border-line px-2">
        {tabs.map((tab) => (
          <Primitive.Trigger
            key={tab.value}
            value={tab.value}
            onMouseDown={(event) => {
              if (event.button !== 0 || event.ctrlKey) return;
              // Radix would move the focus here by script, which draws the ring that is meant for the keyboard.
              event.preventDefault();
              onChange(tab.value);
            }}
            className="relative flex min-w-0 items-center gap-1.5 rounded-t px-1.5 text-xs font-medium text-soft transition-colors -outline-offset-2 hover:text-text data-[state=active]:text-text data-[state=active]:after:absolute data-[state=active]:after:inset-x-1.5 data-[state=active]:after:-bottom-px data-[state=active]:after:h-0.5 data-[state=active]:after:rounded-full data-[state=active]:after:bg-accent-text"
          >
            {tab.title}
          </Primitive.Trigger>
        ))}
      </Primitive.List>
      {tabs.map((tab) => (
        <Primitive.Content key={tab.value} value={tab.value} className="min-h-0 flex-1 outline-none" tabIndex={-1}>
          {tab.content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  );
}
