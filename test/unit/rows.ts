/**
 * Cases written as a table: one a line, cells separated by ` |`. `\n` in a cell is a line end, so write the table with
 * String.raw.
 */
export function rows(table: string): string[][] {
  const lines = table.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => line.split(' |').map(cell => cell.trim().replaceAll('\\n', '\n')))
}
