/**
 * Solves a small system of linear equations by elimination with partial pivoting.
 * @param rows the square matrix, which must be regular
 */
export function solveLinear(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const work = rows.map((row, i) => [...row, right[i]!]);
  const size = work.length;
  for (let column = 0; column < size; column++) {
    const candidates = work.slice(column).map((row) => Math.abs(row[column]!));
    const pivot = column + candidates.indexOf(Math.max(...candidates));
    [work[column], work[pivot]] = [work[pivot]!, work[column]!];
    const head = work[column]!;
    for (const row of work.slice(column + 1)) {
      const factor = row[column]! / head[column]!;
      for (let i = column; i <= size; i++) row[i] = row[i]! - factor * head[i]!;
    }
  }
  const solution: number[] = new Array(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    const known = solution.reduce((sum, value, j) => (j > i ? sum + work[i]![j]! * value : sum), 0);
    solution[i] = (work[i]![size]! - known) / work[i]![i]!;
  }
  return solution;
}
