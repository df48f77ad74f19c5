import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { apiOf, read } from './api.ts';
import { type Column, printJson, printTable, wantsJson } from './print.ts';
import { instant } from './time-text.ts';

const Kept = z.object({
  of: z.string(),
  says: z.string(),
  days: z.number().nullable(),
  unset: z.string(),
  least_days: z.number(),
  most_days: z.number().nullable(),
  forced: z.boolean(),
  gone_before: z.string().nullable(),
  under_way: z.boolean(),
  passed_at: z.string(),
});
type Kept = z.infer<typeof Kept>;

/** Adds `kubescribe retention` to the program. */
export function register(program: Command): void {
  const retention = program.command('retention').description('shows or sets how long records are kept');
  retention.command('list', { isDefault: true }).description('lists every kind').action(listRetention);
  retention
    .command('set')
    .description('keeps a kind for another time; what is older goes at the next daily tick, or by purge')
    .argument('<kind>', 'as the list names it')
    .argument('<days>', 'a number of days, or "forever"', daysOrForever)
    .requiredOption('--why <reason>', 'why, as it is kept and shown')
    .option('--force', 'also outside of its bounds')
    .action(setRetention);
}

function daysOrForever(text: string): number | null {
  if (text === 'forever') return null;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give a number of days, or "forever".');
  return Number(text);
}

async function listRetention(_options: object, command: Command): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.get('/retention');
  if (wantsJson(command)) return printJson(body);
  printTable(columns, read(z.array(Kept), body, api.url));
}

async function setRetention(
  of: string,
  days: number | null,
  { why, force = false }: { why: string; force?: boolean },
  command: Command,
): Promise<void> {
  const api = apiOf(command);
  const { body } = await api.put(`/retention/${encodeURIComponent(of)}`, { days, why, force });
  if (wantsJson(command)) return printJson(body);
  printTable(columns, [read(Kept, body, api.url)]);
}

const columns: Column<Kept>[] = [
  { title: 'KIND', text: (row) => row.of },
  {
    title: 'KEPT',
    text: (row) => (row.days === null ? row.unset : `${row.days} days`) + (row.forced ? ' (forced)' : ''),
  },
  { title: 'BOUNDS', text: (row) => `${row.least_days} to ${row.most_days ?? 'any'}` },
  { title: 'GONE BEFORE', text: (row) => instant(row.gone_before) },
  { title: 'LOOKED THROUGH', text: (row) => (row.under_way ? 'under way' : instant(row.passed_at)) },
  { title: 'WHAT', text: (row) => row.says },
];
