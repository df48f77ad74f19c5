/** What a start tells: lines for people at a terminal, one JSON object a line for programs. */
import type { NextTick } from './eventing/ping-source.ts';

const SECOND = 1000;

export type Ready = {
  url: string;
  broker: string;
  /** The mailbox; `smtp` is where mails go. */
  mail: string;
  smtp: string;
  databases: Record<'prod' | 'report' | 'runlog', string>;
};

export type Announcer = {
  /** Does a step and tells how long it took. */
  timed<T>(name: string, detail: (result: T) => string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
  ready(ready: Ready, facts: { home: string; seconds: number; next: NextTick | undefined }): void;
};

const hidden = (url: string) => url.replace(/:[^:@/]+@/, ':…@');

/** Speaks to whoever reads stdout. */
export function announcer(terminal: boolean, write: (line: string) => void): Announcer {
  const timed =
    (step: (name: string, detail: string, seconds: number) => void): Announcer['timed'] =>
    async (name, detail, work) => {
      const since = performance.now();
      const result = await work();
      step(name, detail(result), (performance.now() - since) / SECOND);
      return result;
    };
  if (!terminal) {
    const json = (facts: object) => write(JSON.stringify(facts));
    return {
      timed: timed((step, detail, seconds) => json({ event: 'step', step, detail, seconds })),
      note: (text) => json({ event: 'note', text }),
      ready: (ready) => json({ event: 'ready', ...ready }),
    };
  }
  return {
    timed: timed((name, detail, seconds) =>
      write(`  ok  ${name.padEnd(18)} ${detail.padEnd(56)} ${seconds.toFixed(1)} s`),
    ),
    note: (text) => write(`  --  ${text}`),
    ready({ url, mail, smtp, databases }, { home, seconds, next }) {
      write('');
      write(`  Console   ${url}/`);
      write(`  Mailbox   ${mail}          SMTP  ${smtp}`);
      write(`  Events    ${url}/events        API   ${url}/runs`);
      write(`  RunLog    ${hidden(databases.runlog)}`);
      write(`  Data      ${home}  (make run ARGS="--fresh" resets it)`);
      if (next)
        write(`  Next tick ${next.name} at ${next.at?.toISOString()?.slice(0, 16).replace('T', ' ')} UTC`);
      write(`  Ready in ${seconds.toFixed(1)} s.  Ctrl-C stops.`);
      write('');
    },
  };
}
