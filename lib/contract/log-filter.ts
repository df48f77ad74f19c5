/** Which lines of the log a list, a download or a stream is about. */
import * as z from 'zod';
import { Instant, Name, RunId } from './asked.ts';
import { LogLevel, LogStream, LogType } from './log-line.ts';
import { several } from './several.ts';

const LONGEST_TEXT = 200;

const Sought = Name.min(1).max(LONGEST_TEXT);

/** The id of a task of a run. */
export const TaskRunId = z
  .guid('must be a UUID')
  .meta({ description: 'The id of the task of a run.', example: '0192f3c4-5d6e-7f80-9123-456789abcdef' });

/** What a line can be looked for by wherever lines are told. */
export const lineFilter = {
  level: several(LogLevel).optional().meta({ description: 'Exactly these levels.' }),
  min_level: LogLevel.optional().meta({ description: 'This level and what is worse.' }),
  stream: several(LogStream).optional(),
  from: Instant.optional().meta({ description: 'Said at or after it (`timestamp`).' }),
  to: Instant.optional().meta({ description: 'Said before it.' }),
  text: Sought.optional().meta({
    description: 'Those whose message holds this text, in capitals or not.',
    example: 'connection reset',
  }),
  regex: Sought.optional().meta({
    description:
      'Those in whose message this regular expression of RE2 is found; it looks at the first 8,192 characters.',
    example: 'took \\d{4,} ms',
  }),
};

/** The same with whose lines they are, where the path does not say it. */
export const logFilter = {
  type: LogType.optional(),
  job_run_id: RunId.optional(),
  task_run_id: TaskRunId.optional(),
  ...lineFilter,
};
