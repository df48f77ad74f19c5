/** Which time counts are about, where only a part of it is asked. */
import { badRequest } from '../http/problem.ts';
import type { Range } from './counts.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOST_BUCKETS = 1000;

type Asked = { [name in keyof Range]?: Range[name] | undefined };

/** The last day up to `now`, by hours; above three days by days. */
export function askedRange({ from, to, by, pipeline }: Asked, now: Date): Range {
  const until = to ?? (from && from > now ? from : now);
  const since = from ?? new Date(until.getTime() - DAY);
  if (since > until)
    throw badRequest('"from" lies after "to".', { errors: [fault('from', 'lies after "to"')] });
  const length = until.getTime() - since.getTime();
  const range = { from: since, to: until, by: by ?? (length > 3 * DAY ? 'day' : 'hour'), pipeline } as const;
  const buckets = length / (range.by === 'day' ? DAY : HOUR);
  if (buckets > MOST_BUCKETS - 1)
    throw badRequest(`That is more than ${MOST_BUCKETS} ${range.by}s: ask for less, or by days.`, {
      errors: [fault('by', `more than ${MOST_BUCKETS} of them`)],
    });
  return range;
}

const fault = (parameter: string, detail: string) => ({ parameter, detail });
