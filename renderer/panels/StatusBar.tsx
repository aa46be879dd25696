export function StatusBar() {
  return <footer className="flex h-7 shrink-0 items-center border-t border-line bg-surface px-3 text-xs text-soft" />;
}
