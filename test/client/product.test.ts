import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { LogStreamingService } from '../../client/log-streamer.ts';
import getRun from '../../functions/get-run.ts';
import logs from '../../functions/logs.ts';
import { kubescribe } from '../cli/command.ts';
import { beginRun, write } from '../lib/tail/open-streams.ts';
import { test } from './log-doors.ts';

const BRISK = { pause: 5, longestPause: 100, poll: 20, polls: 100 };
const END = `update run_log set status = 'SUCCESS', finished_at = clock() where run_id = $1`;

/** Lines in parts, each a transaction, as several workers write them. */
async function writeMuch(
  connect: () => Promise<Parameters<typeof write>[0]>,
  run: string,
): Promise<number[]> {
  const workers = Array.from({ length: 3 }, async (_, worker) => {
    const client = await connect();
    const ids: number[] = [];
    for (let part = 0; part < 20; part++) {
      const messages = Array.from({ length: 10 }, (_, i) => `worker ${worker} line ${part * 10 + i}`);
      ids.push(...(await write(client, messages, { run })));
    }
    return ids;
  });
  return (await Promise.all(workers)).flat().sort((a, b) => a - b);
}

test('a run is told once and in order over a way that breaks all the time', async ({
  open,
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  const run = await beginRun(client);
  const way = await open.breaking(await open.doors(), 20_000);
  const service = new LogStreamingService({ baseUrl: way.url, timing: BRISK });
  const ids: number[] = [];

  const { done } = service.streamJobRunLogs(run, { onMessage: ({ id }) => void ids.push(id) });
  const written = await writeMuch(() => connect(runlog), run);
  await client.query(END, [run]);

  expect(await done).toEqual({ why: 'end', status: 'SUCCESS' });
  expect(ids).toEqual(written);
  expect(way.broken()).toBeGreaterThan(5);
});

test('where there are no streams, the same lines come by pages', async ({ open, runlog, connect }) => {
  const client = await connect(runlog);
  const run = await beginRun(client);
  const url = await open.doors([...logs.routes, ...getRun.routes]);
  const service = new LogStreamingService({ baseUrl: url, timing: BRISK });
  const ids: number[] = [];

  const { done } = service.streamJobRunLogs(run, { onMessage: ({ id }) => void ids.push(id) });
  const written = await writeMuch(() => connect(runlog), run);
  await client.query(END, [run]);

  expect(await done).toEqual({ why: 'end', status: 'SUCCESS' });
  expect(ids.sort((a, b) => a - b)).toEqual(written);
});

test('the promised calls list what the promised doors have', async ({ open, runlog, connect }) => {
  const client = await connect(runlog);
  const run = await beginRun(client);
  await write(client, ['one', 'two', 'three'], { run });
  await write(client, ['up']);
  const service = new LogStreamingService({ baseUrl: await open.doors() });

  expect((await service.getJobRunLogs(run, 2, 1)).map(({ message }) => message)).toEqual(['two', 'three']);
  expect(await service.getSystemLogs(50, 0)).toMatchObject([
    { message: 'up', job_run_id: null, type: 'system' },
  ]);
  expect(await service.getLogsByType('job', 100, 0)).toHaveLength(3);
  await expect(service.getTaskRunLogs(randomUUID())).rejects.toMatchObject({ status: 404 });
});

test('a run that nobody knows ends its stream with the reason', async ({ open }) => {
  const service = new LogStreamingService({ baseUrl: await open.doors(), timing: BRISK });

  const { done } = service.streamJobRunLogs(randomUUID(), { onMessage: () => {} });

  expect(await done).toMatchObject({ why: 'refused', error: { status: 404 } });
});

test('kubescribe logs -f prints a run to its end, by the name of its pipeline too', async ({
  open,
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  const url = await open.doors();
  const run = await beginRun(client);
  await write(client, ['begun'], { run });

  const followed = kubescribe(['logs', 'elsewhere', '-f', '--url', url]);
  await write(client, ['\u001b[31mred', 'plain'], { run, level: 'warn' });
  await client.query(END, [run]);
  const printed = await kubescribe(['logs', run, '--url', url, '--min-level', 'warn', '--grep', '^pl']);

  expect(await followed).toMatchObject({ code: 0, stderr: `Run ${run} has ended: SUCCESS.\n` });
  expect((await followed).stdout).toMatch(/info {3}begun\n.*warn {3}\\x1b\[31mred\n.*warn {3}plain\n$/);
  expect(printed.stdout).toMatch(/^\S+ \S+ {2}warn {3}plain\n$/);
});
