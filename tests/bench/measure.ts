export interface Measurement {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** How long a call takes, in milliseconds. */
export async function milliseconds(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** The results of several calls, one after the other. */
export async function repeated<Result>(times: number, call: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < times; i++) results.push(await call());
  return results;
}
