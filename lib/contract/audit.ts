import * as z from 'zod';
import { Cursor, IfNoneMatch, Instant, Limit, Name } from './asked.ts';
import { operation } from './operation.ts';

/** An intervention. */
const AuditRow = z
  .object({
    audit_id: z.int(),
    at: z.iso.datetime(),
    actor: z
      .string()
      .meta({ description: 'Who: a name that the door in front gave, or by which way they came.' }),
    came_from: z.string().meta({ description: 'From where: the way, and the addresses that were seen.' }),
    action: z.string().meta({ examples: ['run.cancel', 'pipeline.pause', 'schedule.override'] }),
    subject: z
      .string()
      .meta({ description: 'What it was done to: the id of a run, the name of a pipeline, …' }),
    why: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).meta({ description: 'What changed; never values of rows.' }),
    seal: z
      .int()
      .nullable()
      .meta({ description: 'Its number in the sealed chain; null until the next minute.' }),
  })
  .meta({ id: 'AuditRow' });

export const listAudit = operation({
  method: 'GET',
  path: '/audit',
  tag: 'Audit',
  id: 'listAudit',
  summary: 'Who intervened, newest first.',
  query: z.object({
    actor: Name.optional(),
    action: Name.optional(),
    subject: Name.optional(),
    from: Instant.optional().meta({ description: 'What was done at or after it.' }),
    to: Instant.optional().meta({ description: 'What was done before it.' }),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: {
    200: { says: 'A page of interventions.', body: z.array(AuditRow), headers: ['link', 'etag'] },
    304: { says: 'The page is what `If-None-Match` names.', headers: ['link', 'etag'] },
    400: { says: 'The query is wrong.' },
  },
});
