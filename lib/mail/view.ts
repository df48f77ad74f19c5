/** What a mail says, before it takes the form of text or HTML: the first screen of a phone, then the facts. */
import type { Books, Facts, RunFacts } from '../alerts/facts.ts';
import { oneLine } from './one-line.ts';
import { count, duration, instant } from './words.ts';

export type View = {
  tone: 'bad' | 'good';
  /** Shown beside the subject before the mail is opened. */
  preheader: string;
  headline: string;
  /** Since when, and how often. */
  since: string | undefined;
  /** The cause in one line. */
  cause: string | undefined;
  link: { label: string; url: string } | undefined;
  /** Last good run and next slot: what decides whether this can wait. */
  outlook: Fact[];
  facts: Fact[];
  lines: string[];
};

export type Fact = { label: string; value: string; url?: string | undefined };

/** Arranges the facts; links lead to the pages below `publicUrl`. */
export function viewOf(facts: Facts, publicUrl: string | undefined): View {
  const at = (date: Date) => instant(date, facts.timezone);
  const runUrl = (id: string) => publicUrl && `${publicUrl.replace(/\/+$/, '')}/console/runs/${id}`;
  const cause = causeOf(facts);
  const headline = headlineOf(facts);
  const since = sinceOf(facts, at);
  const { incident, nextSlot, runId } = facts;
  const url = runId ? runUrl(runId) : publicUrl;
  const good = facts.transition === 'recovered';
  const paused = facts.transition === 'paused';
  return {
    tone: good ? 'good' : 'bad',
    preheader: oneLine([good ? headline : cause, since].filter(Boolean).join(' '), 140),
    headline,
    since,
    cause,
    link: url ? { label: runId ? 'Open run' : 'Open KubeScribe', url } : undefined,
    outlook: [
      ...(runId && !good ? [lastGood(incident, at, runUrl)] : []),
      {
        label: 'Next slot',
        value: nextSlot
          ? `${at(nextSlot)}${paused ? ', skipped unless it is resumed before' : ''}`
          : 'none: it runs when it is asked to',
      },
      ...(paused ? [resumeLine(facts)] : []),
    ],
    facts: factsOf(facts, at),
    lines: facts.lines.map(
      ({ timestamp, level, message }) =>
        `${timestamp.toISOString().slice(11, 19)} ${level.padEnd(5)} ${oneLine(message, 300)}`,
    ),
  };
}

type At = (date: Date) => string;

const nameOf = ({ pipeline, incident }: Facts) =>
  oneLine(incident?.lane ? `${pipeline} (${incident.lane})` : pipeline, 120);

function headlineOf(facts: Facts): string {
  const name = nameOf(facts);
  switch (facts.transition) {
    case 'failed':
      return `${name} failed.`;
    case 'timed-out':
      return `${name} timed out.`;
    case 'blocked':
      return `${name} is blocked: it cannot go on, and cannot be ended.`;
    case 'recovered':
      return `Recovered: ${name} works again.`;
    case 'missed':
      return `${name} missed ${count(facts.missed?.slots ?? 1, 'slot')}.`;
    case 'paused':
      return `${name} is paused: its slots are skipped until somebody resumes it.`;
  }
}

function sinceOf({ transition, run, incident, entered, missed }: Facts, at: At): string | undefined {
  if (transition === 'missed') {
    const first = missed?.first ?? (entered.since ? new Date(entered.since) : undefined);
    const last = missed && missed.slots > 1 ? ` to ${at(missed.last)}` : '';
    return first && `The slot of ${at(first)}${last}.`;
  }
  if (transition === 'paused') {
    const why = oneLine(entered.why ?? 'it kept failing');
    return entered.since && `Since ${at(new Date(entered.since))}: ${why}.`;
  }
  if (transition === 'blocked') return entered.since && `Since ${at(new Date(entered.since))}.`;
  const since = incident?.since ?? run?.finished_at;
  if (!since) return undefined;
  const failures = count(incident?.failures ?? 1, 'failed run');
  if (transition !== 'recovered') return `Since ${at(since)} (${failures}).`;
  const lasted = run?.finished_at ? ` for ${duration(run.finished_at.getTime() - since.getTime())}` : '';
  return `It had failed since ${at(since)}${lasted} (${failures}).`;
}

function causeOf({ transition, run, entered }: Facts): string | undefined {
  if (transition === 'recovered') return undefined;
  const cause = [run?.error_code, run?.error_message].filter(Boolean).join(': ') || entered.why;
  return cause ? oneLine(cause) : undefined;
}

const resumeLine = ({ pipeline }: Facts): Fact => ({
  label: 'Resume it',
  value: `npx kubescribe resume ${oneLine(pipeline, 120)}, or POST /pipelines/${oneLine(pipeline, 120)}/resume`,
});

function lastGood(incident: Facts['incident'], at: At, runUrl: (id: string) => string | undefined): Fact {
  if (!incident?.lastGood || !incident.lastGoodAt) return { label: 'Last good run', value: 'none yet' };
  return { label: 'Last good run', value: at(incident.lastGoodAt), url: runUrl(incident.lastGood) };
}

function factsOf({ pipeline, runId, run, books }: Facts, at: At): Fact[] {
  const facts: [string, string | undefined][] = [
    ['Component', oneLine(pipeline, 120)],
    ['Run', runId ?? undefined],
    ['Status', run?.status],
    ...(run ? runFacts(run, at) : []),
    ['Rows', books && rows(books)],
  ];
  return facts.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

function runFacts(run: RunFacts, at: At): [string, string | undefined][] {
  return [
    ['Trigger', run.trigger ?? undefined],
    ['Source', run.source ?? undefined],
    ['Slot', run.slot ? at(run.slot) : undefined],
    ['Started', at(run.started_at)],
    ['Duration', run.duration_ms === null ? undefined : duration(run.duration_ms)],
    ['Attempts', run.attempts === null ? undefined : String(run.attempts)],
  ];
}

function rows({ read, written, unchanged, deduped, rejected, failed }: Books): string {
  const parts = { read, written, unchanged, deduped, rejected, failed };
  const always = new Set(['read', 'written', 'rejected']);
  return Object.entries(parts)
    .filter(([name, n]) => n > 0 || always.has(name))
    .map(([name, n]) => `${n.toLocaleString('en-GB')} ${name}`)
    .join(', ');
}
