/** How all is, in one sentence: what a person wants to know first. */
import { plural } from '../lib/numbers.ts';
import { type PipelineState, stateOf } from './pipeline-state.ts';
import type { PipelineView } from './read-pipelines.ts';
import type { Tone } from './status-mark.ts';
import { ago, clockTime, duration } from './when.ts';

/** `run` is the one to look at first. */
export type Health = { tone: Tone; sentence: string; more?: string; run?: string };

/** Names that a sentence lists at most. */
const NAMED = 4;

type Judged = { name: string; state: PipelineState };

/** The health of all pipelines: the worst first, then what is well beside it. */
export function healthOf(pipelines: readonly PipelineView[], now: Date): Health {
  const judged = pipelines.map((view) => ({ name: view.name, state: stateOf(view) }));
  const latest = Math.max(...pipelines.map((view) => view.runs[0]?.started_at.getTime() ?? 0));
  const lastRun = latest > 0 ? `last run ${ago(new Date(latest), now)}` : undefined;

  if (judged.length === 0) return { tone: 'idle', sentence: 'No pipeline is declared yet.' };
  for (const is of ['failing', 'blocked', 'behind', 'degraded'] as const) {
    const here = judged.filter(({ state }) => state.is === is);
    const sentence =
      here.length === 1 ? sentenceOfOne(here[0]!, now) : sentenceOfMany(here, judged.length, now);
    if (sentence) {
      const [first] = here;
      const run = first && 'run' in first.state && { run: first.state.run };
      return { tone: is === 'failing' ? 'bad' : 'warn', sentence, ...beside(judged, lastRun), ...run };
    }
  }
  if (!lastRun) return { tone: 'idle', sentence: 'Nothing has run yet.' };
  const [only] = judged;
  const all = judged.length === 1 ? `${only!.name} is well` : `All ${judged.length} pipelines are well`;
  return { tone: 'good', sentence: `${all}; ${lastRun}.` };
}

function sentenceOfOne({ name, state }: Judged, now: Date): string | undefined {
  switch (state.is) {
    case 'failing': {
      const since = `${clockTime(state.since, now)} UTC${state.beyond ? ' or longer' : ''}`;
      return stopped(`${name} has failed since ${since}${state.cause && `: ${state.cause}`}`);
    }
    case 'blocked': {
      return stopped(
        `${name} has been blocked since ${clockTime(state.since, now)} UTC${state.why && `: ${state.why}`}`,
      );
    }
    case 'behind':
      return `${name} missed its slot of ${clockTime(state.slot, now)} UTC and has not run since.`;
    case 'degraded':
      return `${name} is degraded: the oldest transaction of its source has been open for ${duration(state.lagMs)}, and holds back what is read.`;
    default:
      return undefined;
  }
}

const verbs = {
  failing: 'fail',
  blocked: 'are blocked',
  behind: 'missed their last slot',
  degraded: 'are degraded',
};

function sentenceOfMany(here: Judged[], all: number, now: Date): string | undefined {
  const [first] = here;
  if (!first || first.state.is === 'well' || first.state.is === 'new') return undefined;
  const names = here
    .slice(0, NAMED)
    .map(({ name, state }) => ('since' in state ? `${name} since ${clockTime(state.since, now)}` : name));
  const list = names.join(', ') + (here.length > NAMED ? ` and ${here.length - NAMED} more` : '');
  return `${here.length} of ${all} pipelines ${verbs[first.state.is]}: ${list}.`;
}

function beside(judged: Judged[], lastRun: string | undefined): { more?: string } {
  const well = judged.filter(({ state }) => state.is === 'well').length;
  const parts = [
    well > 0 && `${plural(well, 'other pipeline')} ${well === 1 ? 'is' : 'are'} well`,
    lastRun,
  ].filter((part) => typeof part === 'string');
  if (parts.length === 0) return {};
  const text = parts.join('; ');
  return { more: `${text[0]!.toUpperCase()}${text.slice(1)}.` };
}

const stopped = (sentence: string) => (/[.!?…]$/.test(sentence) ? sentence : `${sentence}.`);
