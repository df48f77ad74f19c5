import { styleText } from 'node:util';
import type { Command } from 'commander';
import { cut, visible, visibleJson, width } from './visible.ts';

/** Options that every command takes. */
export type Shared = { output: 'table' | 'json' | 'csv'; url?: string };

/** Whether a command was asked for JSON. */
export const wantsJson = (command: Command) => command.optsWithGlobals<Shared>().output === 'json';

/** Writes one line to stdout. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes to stdout, and waits while whoever reads it is slow. */
export async function write(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Writes one line to stderr: what is said to people beside the result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes a value as JSON to stdout. */
export function printJson(value: unknown): void {
  print(visibleJson(value));
}

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Colours text when stdout is a terminal that wants colours. */
export function colour(name: Colour, text: string): string {
  return styleText(name, text, { stream: process.stdout });
}

const statusColours: Record<string, Colour> = {
  SUCCESS: 'green',
  ERROR: 'red',
  TIMEOUT: 'red',
  CANCELLED: 'yellow',
  STARTED: 'cyan',
};

/** The colour in which a run's status is shown. */
export const statusColour = (status: string): Colour => statusColours[status] ?? 'dim';

export type Column<T> = {
  title: string;
  /** The cell's text; nothing becomes `-`. */
  text(row: T): string | number | null | undefined;
  right?: boolean;
  colour?(text: string): Colour;
  /** The longest text that is shown whole. */
  most?: number;
};

/** Writes rows aligned below their titles. */
export function printTable<T>(columns: readonly Column<T>[], rows: readonly T[]): void {
  const cells = rows.map((row) => columns.map((column) => cell(column, row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => width(line[i] ?? ''))),
  );
  const line = (texts: readonly string[], paint: (text: string, i: number) => string) =>
    texts
      .map((text, i) => {
        const space = ' '.repeat((widths[i] ?? 0) - width(text));
        return columns[i]?.right ? space + paint(text, i) : paint(text, i) + space;
      })
      .join('  ')
      .trimEnd();
  print(
    line(
      columns.map((column) => column.title),
      (text) => colour('dim', text),
    ),
  );
  for (const texts of cells) {
    print(
      line(texts, (text, i) => {
        const paint = columns[i]?.colour;
        return paint ? colour(paint(text), text) : text;
      }),
    );
  }
}

function cell<T>(column: Column<T>, row: T): string {
  const text = column.text(row);
  if (text === null || text === undefined || text === '') return '-';
  return cut(visible(String(text)), column.most ?? Number.POSITIVE_INFINITY);
}

/** Writes facts as `name  text`, leaving out those that are not there. */
export function printFacts(
  facts: readonly (readonly [name: string, text: string | null | undefined])[],
): void {
  const there = facts.filter(([, text]) => text !== null && text !== undefined && text !== '');
  const widest = Math.max(0, ...there.map(([name]) => name.length));
  for (const [name, text] of there) print(`${colour('dim', name.padEnd(widest))}  ${visible(text ?? '')}`);
}
