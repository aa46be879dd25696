import type { Dialect } from '../dialect.ts';

/** The same device with matrices in eight bits, if it keeps such: a network takes half the memory, and is rounded. */
export function withEightBits(dialect: Dialect): Dialect {
  if (!dialect.keptTypes.includes('float8e4m3')) return dialect;
  return { ...dialect, id: `${dialect.id} in eight bits`, matrixType: 'float8e4m3' };
}
