/** A remark under a field, over what is below it: nothing moves when it comes and goes. */
export function FieldNotice({ text }: { text: string | null }) {
  return (
    <div role="status" className="pointer-events-none absolute top-full right-0 z-10 mt-1 w-max max-w-64">
      {text && (
        <p className="fade-in rounded-md bg-overlay px-2 py-1 text-xs text-warning shadow-overlay wrap-anywhere">
          {text}
        </p>
      )}
    </div>
  );
}
