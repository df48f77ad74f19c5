import { operation } from './operation.ts';

export const getMetrics = operation({
  method: 'GET',
  path: '/metrics',
  tag: 'Upkeep',
  id: 'getMetrics',
  summary: 'Figures of all pipelines, as Prometheus reads them.',
  detail:
    'They are those of RunLog, the same from every pod: take the greatest of several. `knative/components/monitoring` scrapes them.',
  answers: { 200: { says: 'The figures, in the text format 0.0.4.', media: 'text/plain' } },
});
