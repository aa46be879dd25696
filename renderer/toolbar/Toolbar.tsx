export function Toolbar() {
  return <header className="flex h-11 shrink-0 items-center gap-1 border-b border-line bg-surface px-2" />;
}
