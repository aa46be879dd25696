/** Figures beside each other, each under its title; null is what nobody tells. */
export function Facts({ facts }: { facts: readonly { title: string; value: string | null }[] }) {
  return (
    <dl className="mt-2 grid auto-cols-fr grid-flow-col gap-2">
      {facts.map(({ title, value }) => (
        <div key={title} className="min-w-0">
          <dt className="truncate text-2xs text-faint">{title}</dt>
          <dd className="truncate numeric">{value ?? <span className="text-faint">not told</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
