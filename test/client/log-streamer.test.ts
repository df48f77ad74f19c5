import { expect, onTestFinished, test } from 'vitest';
import { LogStreamingService, type LogStreamOptions } from '../../client/log-streamer.ts';
import { nowhere } from '../cli/command.ts';
import { type Connection, logServer, RUN_ID } from './log-server.ts';

const BRISK = { pause: 5, longestPause: 50, poll: 5, polls: 50 };

/** Follows a run, or all, and keeps what it is told. */
function heard(url: string, options: Partial<LogStreamOptions> & { timing?: object } = {}) {
  const ids: number[] = [];
  const states: string[] = [];
  const errors: string[] = [];
  const { timing, ...rest } = options;
  const service = new LogStreamingService({ baseUrl: url, timing: { ...BRISK, ...timing } });
  const stream = service.streamAllLogs({
    job_run_id: RUN_ID,
    onMessage: ({ id }) => void ids.push(id),
    onState: (state) => states.push(state),
    onError: ({ message }) => errors.push(message),
    ...rest,
  });
  onTestFinished(() => stream.close());
  return { ids, states, errors, ...stream };
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test('the promised calls give lines in pages, from where KubeScribe is told to be', async () => {
  const { url, asked } = await logServer({ last: 250, stream: () => {} });
  const service = new LogStreamingService({ baseUrl: `${url}/` });

  const run = await service.getJobRunLogs(RUN_ID, 100, 0);
  const system = await service.getSystemLogs(50, 200);
  const tasks = await service.getLogsByType('task');

  expect([run.length, run[0]?.message, system[0]?.id, tasks.length]).toEqual([100, 'line 1', 201, 100]);
  expect(asked).toEqual([
    `/api/v1/logs/job-runs/${RUN_ID}?limit=100&offset=0`,
    '/api/v1/logs/system?limit=50&offset=200',
    '/api/v1/logs/type/task?limit=100&offset=0',
  ]);
});

test('a run is told from its first line to its end', async () => {
  const { url } = await logServer({
    last: 3,
    stream(connection) {
      connection.tell(1, 3);
      connection.end('SUCCESS');
    },
  });

  const { done, ids, states } = heard(url);

  expect(await done).toEqual({ why: 'end', status: 'SUCCESS' });
  expect(ids).toEqual([1, 2, 3]);
  expect(states).toEqual(['connecting', 'live', 'closed']);
});

test('a stream that is cut again and again, and told twice, is heard once and whole', async () => {
  const { url } = await logServer({
    last: 400,
    stream(connection, nth) {
      const { after = 0 } = connection;
      if (nth % 7 === 3) return connection.refuse(503, { 'retry-after': '0' });
      connection.tell(Math.max(1, after - 5), Math.min(400, after + 23));
      if (after + 23 >= 400) return connection.end('SUCCESS');
      if (nth % 2) connection.close();
      else connection.cut();
    },
  });

  const { done, ids } = heard(url);

  expect((await done).why).toBe('end');
  expect(ids).toEqual(upTo(400));
});

test('frames are put together wherever they are cut, whatever ends their lines', async () => {
  const { url } = await logServer({
    last: 2,
    stream({ say, end }) {
      const frame = `event: message\r\nid: 1\r\ndata: {"id":1,\r\ndata: "message":"é\u2028 first"}\r\n\r\n`;
      const bytes = [...frame, ': a comment\n\n', 'data: no json\n\n', 'event: other\ndata: {"id":9}\n\n'];
      for (const piece of bytes) say(piece);
      end('ERROR');
    },
  });
  const messages: string[] = [];

  const { done } = heard(url, { onMessage: ({ message }) => void messages.push(message) });

  expect(await done).toEqual({ why: 'end', status: 'ERROR' });
  expect(messages).toEqual(['é\u2028 first']);
});

test('what a gap leaves out is fetched, in its place', async () => {
  const { url } = await logServer({
    last: 500,
    stream(connection) {
      connection.tell(1, 10);
      connection.gap(11, 480);
      connection.tell(481, 500);
      connection.end('SUCCESS');
    },
  });

  const { done, ids } = heard(url);

  await done;
  expect(ids).toEqual(upTo(500));
});

test('where streams do not come through, pages are asked for, to the end of the run', async () => {
  const script = {
    last: 1250,
    status: null as string | null,
    stream: ({ refuse }: { refuse(status: number): void }) => refuse(502),
  };
  const { url } = await logServer(script);

  const { done, ids, states } = heard(url);
  await expect.poll(() => ids.length).toBe(1250);
  script.last = 1260;
  script.status = 'ERROR';

  expect(await done).toEqual({ why: 'end', status: 'ERROR' });
  expect(ids).toEqual(upTo(1260));
  expect(states).toContain('polling');
  expect(states).not.toContain('live');
});

test('polling goes back to a stream that answers again', async () => {
  const { url } = await logServer({
    last: 50,
    stream(connection, nth) {
      if (nth < 4) return connection.refuse(404);
      connection.tell(51, 60);
      connection.end('SUCCESS');
    },
  });

  const { done, ids, states } = heard(url);

  await done;
  expect(ids).toEqual(upTo(60));
  expect(states.slice(-3)).toEqual(['polling', 'live', 'closed']);
});

test('a server that never answers, and one that falls silent, are left and asked again', async () => {
  const { url } = await logServer({
    last: 4,
    stream(connection, nth) {
      const { after = 0 } = connection;
      if (nth === 0) return;
      if (after < 2) return connection.tell(after + 1, 2);
      connection.tell(after + 1, 4);
      connection.end('SUCCESS');
    },
  });

  const { done, ids, errors } = heard(url, { timing: { answer: 150, silence: 150 } });

  await done;
  expect(ids).toEqual([1, 2, 3, 4]);
  // On a busy machine it may be left once more.
  expect(errors.length).toBeGreaterThanOrEqual(2);
  expect(new Set(errors)).toEqual(new Set(['KubeScribe said nothing for 150 ms.']));
});

test('a server that is away is waited for with growing pauses', async () => {
  const { states, errors, close, done } = heard(`http://${await nowhere()}`);

  await expect.poll(() => errors.length).toBeGreaterThan(4);
  close();

  expect(await done).toEqual({ why: 'closed' });
  expect(states).toEqual(expect.arrayContaining(['connecting', 'waiting', 'closed']));
});

test('a refusal that will be no other the next time ends the stream with its reason', async () => {
  const { url, streams } = await logServer({ last: 0, stream: ({ refuse }) => refuse(400) });

  const { done } = heard(url);

  expect(await done).toMatchObject({ why: 'refused', error: { status: 400 } });
  expect(streams()).toBe(1);
});

test('the next line waits for who is slow', async () => {
  const { url } = await logServer({
    last: 3,
    stream(connection) {
      connection.tell(1, 3);
      connection.end('SUCCESS');
    },
  });
  let inside = 0;
  let most = 0;

  const { done } = heard(url, {
    async onMessage() {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    },
  });

  await done;
  expect(most).toBe(1);
});

test('what a hearer throws is his, and ends the stream', async () => {
  const { url } = await logServer({ last: 3, stream: ({ tell }) => tell(1, 3) });
  const boom = new Error('boom');

  const { done } = heard(url, {
    onMessage() {
      throw boom;
    },
  });

  await expect(done).rejects.toBe(boom);
});

test('lines that come while the first stream of all is cut are told by the next', async () => {
  const script = {
    last: 10,
    stream(connection: Connection, nth: number) {
      if (nth === 0) {
        script.last = 12;
        return connection.close();
      }
      connection.tell((connection.after ?? 12) + 1, 12);
    },
  };
  const { url } = await logServer(script);

  const { ids } = heard(url, { job_run_id: undefined });

  await expect.poll(() => ids).toEqual([11, 12]);
});

test('a stream that is open and never says anything gives way to pages', async () => {
  const { url } = await logServer({ last: 5, stream: () => {} });

  const { ids, states } = heard(url, { timing: { answer: 60, good: 20 } });

  await expect.poll(() => states).toContain('polling');
  await expect.poll(() => ids).toEqual(upTo(5));
});

test('a closed stream asks and tells nothing more', async () => {
  const { url, streams } = await logServer({ last: 9, stream: ({ tell }) => tell(1, 2) });

  const { done, ids, states, close } = heard(url);
  await expect.poll(() => ids.length).toBe(2);
  close();

  expect(await done).toEqual({ why: 'closed' });
  expect(streams()).toBe(1);
  expect(states.at(-1)).toBe('closed');
});
