/** Rows in columns beneath their heads, ready to print; the last column is of numbers, which stand to the right. */
export function inColumns(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const last = heads.length - 1;
  return all.map((row) =>
    row
      .map((cell, column) => (column === last ? cell.padStart(widths[last]!) : cell.padEnd(widths[column]!)))
      .join('  '),
  );
}
