/** What is known of a run beside its tasks: times, who asked, params, attempts, rows, mails. */
import { redact } from '../lib/logs/redact.ts';
import { count } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import type { MailView, RunView } from './read-run.ts';
import { clockTime, duration, timeMark } from './when.ts';

/** Rules that are listed at most. */
const RULES = 50;

const books = ['read', 'written', 'unchanged', 'deduped', 'rejected', 'failed'];

type Fact = [name: string, value: Html | string | false | null | undefined, width?: 'wide'];

/** The facts as a list; the rows only where no task tells them. */
export function runFacts(run: RunView, mails: readonly MailView[], withRows: boolean): Html {
  const { now } = run;
  const meta = recordOf(run.meta);
  const at = (instant: Date | null) => instant && html`${timeMark(instant, now, { seconds: true })} UTC`;
  const attempts = run.attempt ?? numberIn(meta, 'attempts');
  const deaths = run.deaths ?? numberIn(meta, 'deaths');
  const facts: Fact[] = [
    ['Started', at(run.started_at)],
    ['Finished', at(run.finished_at)],
    ['Took', run.duration_ms !== null && duration(run.duration_ms)],
    ['Asked by', [run.requested_by, run.trigger, run.source].filter(Boolean).join(' · ')],
    ['Asked for', run.requested_at && run.kind !== 'slot' && at(run.requested_at)],
    ['Because', run.wish_why, 'wide'],
    [
      run.resume_from ? `Goes on at “${run.resume_from}” of` : 'Again',
      run.replay_of && runLink(run.replay_of),
    ],
    ['Reads', run.range_from && html`${at(run.range_from)} until ${at(run.range_until)}`, 'wide'],
    ['Slot', run.slot && html`${at(run.slot)}${run.late && html` <b class="warn">late</b>`}`],
    ['Lane', run.lane],
    ['Must begin before', run.status === null && run.state === 'waiting' && at(run.deadline)],
    ['Attempt', attempts !== undefined && attempts > 1 && count(attempts)],
    ['Workers that died', deaths !== undefined && deaths > 0 && count(deaths)],
    ...(withRows ? books : []).map((name): Fact => [`Rows ${name}`, countIn(meta, name)]),
    ['Written by', run.state === null && 'others: shown, never touched'],
    ...mails.map((mail): Fact => ['Mail', mailLine(mail, now), 'wide']),
    ['Params', paramsOf(run.params ?? meta.params), 'wide'],
  ];
  return html`<dl>${facts.map(
    ([name, value, width]) => value && html`<div class="${width}"><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>
${Object.keys(meta).length > 0 && html`<details><summary class="small">Meta</summary><pre>${redact(JSON.stringify(meta, null, 2)).slice(0, 8000)}</pre></details>`}`;
}

/** How many rows each rule refused. */
export function rejectedRules(meta: unknown): Html | false {
  const rules = Object.entries(recordOf(recordOf(meta).rejected_by))
    .flatMap(([rule, rows]): [string, number][] => (typeof rows === 'number' ? [[rule, rows]] : []))
    .sort((a, b) => b[1] - a[1]);
  if (rules.length === 0) return false;
  const items = rules
    .slice(0, RULES)
    .map(([rule, rows]) => html`<div><dt class="mono">${rule}</dt><dd>${count(rows)}</dd></div>`);
  return html`<h2>Rejected rows, by rule</h2><div class="card"><dl>${items}</dl></div>`;
}

const runLink = (id: string) => html`<a class="mono" href="/console/runs/${id}">${id}</a>`;

function mailLine({ transition, recipient, status, sent_at }: MailView, now: Date): string {
  const what = `“${transition}” to ${recipient}`;
  return status === 'sent' && sent_at ? `${what}, sent ${clockTime(sent_at, now)} UTC` : `${what}, ${status}`;
}

function paramsOf(params: unknown): Html | false {
  const record = recordOf(params);
  return (
    Object.keys(record).length > 0 && html`<code>${redact(JSON.stringify(record)).slice(0, 2000)}</code>`
  );
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

function numberIn(meta: Record<string, unknown>, name: string): number | undefined {
  const value = meta[name];
  return typeof value === 'number' ? value : undefined;
}

function countIn(meta: Record<string, unknown>, name: string): string | undefined {
  const value = numberIn(meta, name);
  return value === undefined ? undefined : count(value);
}
