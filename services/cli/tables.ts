import { styleText } from 'node:util';

/** Rows shown unless all are asked for. */
export const rowsShownMax = 20;

type Style = Parameters<typeof styleText>[0];

/** Coloured where the output is a terminal that shows colours; NO_COLOR turns that off. */
export function paint(style: Style, text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text;
}

/**
 * Columns under headings, as wide as their longest cell. What is not shown of a long list is counted in a last line.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], all: boolean): string {
  const shown = all ? rows : rows.slice(0, rowsShownMax);
  const widths = headings.map((heading, n) => Math.max(heading.length, ...shown.map((row) => row[n]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n]!))
      .join('  ')
      .trimEnd();
  const lines = [paint('bold', line(headings)), ...shown.map(line)];
  if (shown.length < rows.length)
    lines.push(`... and ${(rows.length - shown.length).toLocaleString('en')} more (--all shows them)`);
  return lines.join('\n');
}

/** `1,200 components`, `2 resource classes`. */
export function counted(count: number, noun: string): string {
  const several = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${count.toLocaleString('en')} ${count === 1 ? noun : several}`;
}
