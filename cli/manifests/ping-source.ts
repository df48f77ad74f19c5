/** The PingSource that makes a schedule punctual. Ticks are wake-ups: slots that it cannot tick for wait for a minute's. */
import type { Pipeline } from '../../lib/pipeline/options.ts';

export type Scheduled = Pipeline & { schedule: NonNullable<Pipeline['schedule']> };

/** Names of PingSources that are no pipeline's. */
const TAKEN = ['minute', 'daily'];

/** What a pipeline's PingSource must say. Without a timezone it would tick in that of its pod. */
export function pingSourceOf({ name: pipeline, schedule }: Scheduled) {
  const name = TAKEN.includes(pipeline) ? `${pipeline}-schedule` : pipeline;
  return {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'PingSource',
    metadata: {
      name,
      namespace: 'kubescribe',
      labels: {
        'app.kubernetes.io/name': name,
        'app.kubernetes.io/component': 'ping-source',
        'app.kubernetes.io/part-of': 'kubescribe',
      },
    },
    spec: {
      schedule: schedule.cron,
      timezone: schedule.timezone,
      contentType: 'application/json',
      data: JSON.stringify({ pipeline }),
      ceOverrides: { extensions: { tick: 'schedule' } },
      sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' } },
    },
  };
}
