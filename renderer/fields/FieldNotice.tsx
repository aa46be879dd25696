/** A remark beside the node: nothing moves when it comes and goes, and the next field is not covered. */
export function FieldNotice({ text }: { text: string | null }) {
  return (
    <div role="status" className="pointer-events-none absolute top-0.5 left-full z-10 ml-6 w-max max-w-64">
      {text && (
        <p className="fade-in rounded-md bg-overlay px-2 py-1 text-xs text-warning shadow-overlay wrap-anywhere">
          {text}
        </p>
      )}
    </div>
  );
}
