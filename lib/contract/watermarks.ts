/** What pipelines go on from. */
import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { PipelineName } from './asked.ts';
import { operation } from './operation.ts';
import { Time } from './told.ts';

const Reset = z.object({
  pipeline: z.string(),
  to: z.literal('full'),
  reset: z.string().meta({ description: 'The id of the wish; the run that carries it out logs it.' }),
  at: Time,
});

export const resetWatermark = operation({
  method: 'POST',
  path: '/pipelines/:name/watermark/reset',
  tag: 'Pipelines',
  id: 'resetWatermark',
  summary: 'Makes the next run read the whole source again.',
  detail:
    'What is in order is found unchanged; nothing is doubled, and nothing is removed. The wish is kept in the audit.',
  segments: z.object({ name: PipelineName }),
  body: z
    .strictObject({
      to: z.literal('full').optional().meta({ description: 'How far back: `full`, the beginning.' }),
      why: Reason,
    })
    .meta({ examples: [{ why: 'rows were loaded into the past' }] }),
  answers: {
    200: { says: 'The next run reads everything.', body: Reset },
    404: { says: 'There is no such pipeline.' },
    422: { says: 'It has no watermark: it brings nothing window by window.' },
  },
});
