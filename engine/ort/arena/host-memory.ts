/**
 * What makes the C library give freed memory back to the system. glibc keeps most of it: a session of 80 MiB weights
 * leaves as much behind when it was made, and all of it when it is released (docs/memory.md). Elsewhere there is nothing
 * to do, or no way to do it.
 */
export async function openHostTrim(): Promise<() => void> {
  const nothing = () => {};
  if (process.platform !== 'linux') return nothing;
  try {
    const { default: koffi } = await import('koffi');
    const trim = koffi.load('libc.so.6').func('malloc_trim', 'int', ['size_t']);
    return () => {
      trim(0);
    };
  } catch {
    // Another C library than glibc.
    return nothing;
  }
}
