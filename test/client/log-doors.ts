/** The doors of the log of the product itself, with a way to them that breaks again and again. */
import { type AddressInfo, connect, createServer } from 'node:net';
import consolePages from '../../functions/console.ts';
import getRun from '../../functions/get-run.ts';
import listRuns from '../../functions/list-runs.ts';
import logs from '../../functions/logs.ts';
import streamLogs from '../../functions/stream-logs.ts';
import { loadConfig } from '../../lib/config.ts';
import { listen } from '../../lib/http/host.ts';
import { type Route, router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { test as base } from '../setup/fixtures.ts';

const doors = [consolePages, getRun, listRuns, logs, streamLogs];

/** Tests with the doors behind a port, on a RunLog of the test's own. */
export const test = base.extend('open', async ({ runlog, ends: _ }, { onCleanup }) => {
  const stops: (() => Promise<void>)[] = [];
  onCleanup(async () => {
    for (const stop of stops.reverse()) await stop();
  });
  return {
    async doors(routes: Route[] = doors.flatMap((door) => door.routes)): Promise<string> {
      const service = createService(loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent' }));
      const listening = await listen(router(routes, service), { port: 0, host: '127.0.0.1' });
      stops.push(async () => {
        await service.drain(5000);
        await listening.close();
      });
      return `http://127.0.0.1:${listening.port}`;
    },
    /** A relay that breaks each connection over which so many bytes went. */
    async breaking(url: string, bytes: number) {
      let broken = 0;
      const relay = createServer((from) => {
        const to = connect(Number(new URL(url).port), '127.0.0.1');
        let left = bytes;
        const cut = () => {
          from.destroy();
          to.destroy();
        };
        from.on('error', cut).on('close', cut).pipe(to);
        to.on('error', cut)
          .on('close', cut)
          .on('data', (piece: Buffer) => {
            left -= piece.length;
            from.write(left < 0 ? piece.subarray(0, Math.max(0, left + piece.length)) : piece);
            if (left >= 0) return;
            broken++;
            from.end(cut);
          });
      });
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
      stops.push(async () => void relay.close());
      const { port } = relay.address() as AddressInfo;
      return { url: `http://127.0.0.1:${port}`, broken: () => broken };
    },
  };
});
