/** What `make bench` prints and writes. */
import type { Result } from './rounds.ts';

const WIDTHS = [17, 6, 6, 5, 12];

const row = (cells: readonly string[]) =>
  cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join(' ')
    .trimEnd();

/** The names of the table's columns. */
export const HEAD = row(['bench', 'ratio', 'floor', 'aim', '', 'detail']);

/** One line of the table. */
export function rowOf({ bench, ratio, of, floor, aim, detail }: Result): string {
  const verdict =
    floor !== null && ratio < floor ? 'below floor' : aim !== null && ratio >= aim ? 'aim reached' : '';
  const limits = [floor, aim].map((limit) => String(limit ?? '–'));
  return row([bench, ratio.toFixed(2), ...limits, verdict, `${detail} (1 = ${of})`]);
}

/** The text of results.json. */
export function toJson(results: readonly Result[]): string {
  const rounded = results.map((result) => ({ ...result, ratio: Math.round(result.ratio * 1000) / 1000 }));
  return `${JSON.stringify(rounded, null, 2)}\n`;
}
