import { Check, ChevronDown } from 'lucide-react';
import { Select as Primitive } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn.ts';
import { fieldClasses } from './Input.tsx';

export interface SelectOption<Value extends string = string> {
  value: Value;
  title: ReactNode;
  /** A second line under the title. */
  detail?: ReactNode;
  disabled?: boolean;
}

interface SelectProps<Value extends string> extends Omit<ComponentProps<'button'>, 'value' | 'onChange'> {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly SelectOption<Value>[];
  /** Shown while no option has the value. */
  placeholder?: ReactNode;
}

export function Select<Value extends string>({
  value,
  onChange,
  options,
  placeholder,
  className,
  disabled,
  ...rest
}: SelectProps<Value>) {
  const chosen = options.find((option) => option.value === value);
  return (
    <Primitive.Root value={chosen ? value : ''} onValueChange={(next) => onChange(next as Value)} disabled={disabled}>
      <Primitive.Trigger
        className={cn(fieldClasses, 'flex h-7 items-center gap-1 text-left data-[placeholder]:text-faint', className)}
        {...rest}
      >
        <span className="min-w-0 flex-1 truncate">
          <Primitive.Value placeholder={placeholder}>{chosen?.title}</Primitive.Value>
        </span>
        <ChevronDown className="size-3.5 shrink-0 text-faint" aria-hidden />
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="fade-in z-50 max-h-[min(var(--radix-select-content-available-height),360px)] max-w-96 min-w-(--radix-select-trigger-width) overflow-hidden rounded-lg bg-overlay shadow-overlay"
        >
          <Primitive.Viewport className="p-1">
            {options.map((option) => (
              <Primitive.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled}
                className="relative rounded-md py-1 pr-7 pl-2 text-sm outline-none data-[disabled]:opacity-45 data-[highlighted]:bg-pressed"
              >
                <Primitive.ItemText>{option.title}</Primitive.ItemText>
                {option.detail && <div className="text-xs text-faint">{option.detail}</div>}
                <Primitive.ItemIndicator className="absolute top-2 right-2">
                  <Check className="size-3.5 text-accent-text" aria-hidden />
                </Primitive.ItemIndicator>
              </Primitive.Item>
            ))}
          </Primitive.Viewport>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
