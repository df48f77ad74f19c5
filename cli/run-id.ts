import { InvalidArgumentError } from 'commander';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text can be the id of a run. */
export const isRunId = (text: string) => UUID.test(text);

/** An argument that is the id of a run. */
export function runId(text: string): string {
  if (!isRunId(text))
    throw new InvalidArgumentError('An id looks like 0192f3c4-5d6e-7f80-9123-456789abcdef.');
  return text;
}
