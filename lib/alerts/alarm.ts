/** Which events people are told of, and as what. */
import type { Notification } from '../db/tables.ts';
import type { parseEvent } from '../events/parse.ts';

/** Everything that `notify` marks done, also where there is nobody to tell. */
export const newsEvents = [
  'run.succeeded',
  'run.failed',
  'run.cancelled',
  'run.timed-out',
  'run.blocked',
  'slot.missed',
  'pipeline.paused',
] as const;

export type News = ReturnType<typeof parseEvent<(typeof newsEvents)[number]>>;

/** Something that people are told of, once for each subject and transition. */
export type Alarm = {
  subject: string;
  transition: Notification['transition'];
  pipeline: string;
  runId?: string;
  /** What RunLog does not keep: since when a run is blocked and why, why a slot was missed or a pipeline paused. */
  since?: string;
  why?: string;
};

/** What an event gives people to know; undefined for cancellations, plain successes and what people did themselves. */
export function alarmOf(news: News): Alarm | undefined {
  const { name, data } = news;
  switch (name) {
    case 'run.failed':
      return ofRun('failed', data);
    case 'run.timed-out':
      return ofRun('timed-out', data);
    case 'run.blocked':
      return { ...ofRun('blocked', data), since: data.since, why: data.why };
    case 'run.succeeded':
      return data.recovered ? ofRun('recovered', data) : undefined;
    case 'slot.missed':
      return {
        subject: `${data.pipeline}/${data.gap}`,
        transition: 'missed',
        pipeline: data.pipeline,
        since: data.gap,
        why: data.why,
      };
    case 'pipeline.paused':
      return data.automatic
        ? {
            subject: `${data.pipeline}/${data.pause}`,
            transition: 'paused',
            pipeline: data.pipeline,
            ...(data.run_id && { runId: data.run_id }),
            since: data.paused_at,
            why: data.why,
          }
        : undefined;
    case 'run.cancelled':
      return undefined;
  }
}

const ofRun = (transition: Alarm['transition'], data: { run_id: string; pipeline: string }): Alarm => ({
  subject: data.run_id,
  transition,
  pipeline: data.pipeline,
  runId: data.run_id,
});
