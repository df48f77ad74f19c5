/** Following the log live, through restarts of the server, to the end of the run. */
import {
  type LogFilter,
  type LogMessage,
  LogStreamingService,
  type LogStreamState,
} from '../client/log-streamer.ts';
import { send } from '../lib/boundary.ts';
import { note } from './print.ts';
import { OUTAGE, unreachable } from './unreachable.ts';
import { visible } from './visible.ts';

/** What a shell calls a program that Ctrl-C ended. */
const INTERRUPTED = 130;

type Following = { url: string; filter: LogFilter; tell(line: LogMessage): Promise<void> };

/** Tells every line as it comes; the exit code is that of the run's end, 0 only for SUCCESS. */
export async function followLogs({ url, filter, tell }: Following): Promise<number> {
  const service = new LogStreamingService({
    baseUrl: url,
    headers: { 'x-kubescribe-client': 'cli' },
    fetch: (to, init) => send('cli', to, init),
  });
  let since: number | undefined;
  let givenUp: Error | undefined;
  const onError = (error: Error) => {
    const told = error instanceof TypeError ? unreachable(url, OUTAGE, error) : error;
    if (since === undefined) note(visible(`${told.message} Still trying.`));
    since ??= performance.now();
    if (performance.now() - since < OUTAGE) return;
    givenUp = told;
    stream.close();
  };
  const onState = (state: LogStreamState) => {
    if (since === undefined || (state !== 'live' && state !== 'polling')) return;
    since = undefined;
    note(
      state === 'live' ? 'It goes on.' : 'Streams do not come through: new lines are asked for every 2 s.',
    );
  };
  const stream = service.streamAllLogs({ ...filter, onMessage: tell, onError, onState });
  const interrupt = () => stream.close();
  process.once('SIGINT', interrupt);
  try {
    const { why, status, error } = await stream.done;
    if (givenUp ?? error) throw givenUp ?? error;
    if (why === 'closed') return INTERRUPTED;
    note(`Run ${visible(filter.job_run_id ?? '')} has ended: ${visible(status ?? 'it never began')}.`);
    return status === 'SUCCESS' ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupt);
  }
}
