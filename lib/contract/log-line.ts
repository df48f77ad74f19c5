/** A line of the log, as every door tells it: the columns of the table `logs`. */
import * as z from 'zod';
import { CountOrNull, IdOrNull, Time } from './told.ts';

export const LogType = z.enum(['system', 'job', 'task']);
/** From the least to the worst. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LogLevel = z.enum(LEVELS);
export const LogStream = z.enum(['stdout', 'stderr', 'system']);

export const LogLine = z
  .object({
    id: z.int().meta({ description: 'Grows from line to line as they are taken in; `id:` of the streams.' }),
    type: LogType.meta({ description: 'It decides which of the two ids are there.' }),
    job_run_id: IdOrNull.meta({ description: 'The run; null: of the system.' }),
    task_run_id: IdOrNull.meta({ description: 'Of a run, the task; null: of the run as a whole.' }),
    timestamp: Time.meta({ description: 'When it was said, with six digits of the second.' }),
    level: LogLevel,
    stream: LogStream,
    message: z.string().meta({ description: 'One of more than 64 KiB is told by its beginning.' }),
    metadata: z.unknown().meta({
      description: 'A JSON object, or null; of more than 64 KiB only how large it is (`too_long`).',
    }),
    created_at: Time.nullable().meta({ description: 'When it was written down.' }),
    attempt: CountOrNull.meta({ description: 'Which attempt of the run said it.' }),
    epoch: CountOrNull.meta({ description: 'Which worker of that attempt: the number of its claim.' }),
  })
  .meta({ id: 'LogLine' });

export type LogLine = z.output<typeof LogLine>;
