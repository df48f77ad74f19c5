import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkPipelines } from '../../../cli/doctor/schedules.ts';
import { folder } from '../command.ts';
import { pipelineFile } from '../examine.ts';

const ping = readFileSync(
  join(import.meta.dirname, '../../../knative/base/510-market-bars-ping.yaml'),
  'utf8',
);
const toUri = ping.replace(/sink:[\s\S]*$/, 'sink:\n    uri: http://localhost/\n');

test('each schedule must have a PingSource that ticks with it', async () => {
  const manifests = folder({ 'ping.yaml': toUri });
  const pipelines = folder({
    'market-bars.ts': pipelineFile('market-bars', '*/7 * * * *'),
    'other.ts': pipelineFile('other', '0 6 * * *'),
  });

  const [, bars, other] = await checkPipelines(pipelines, manifests);

  expect(bars).toMatchObject({
    level: 'fail',
    what: 'PingSource of market-bars ticks at "*/5 * * * *", UTC; the pipeline says "*/7 * * * *", UTC',
    mend: expect.stringMatching(/ping\.yaml:\d+\)$/),
  });
  expect(other).toMatchObject({ level: 'fail', mend: expect.stringContaining('data {"pipeline":"other"}') });
});

test('a PingSource for a pipeline that is gone, a broken manifest and a broken pipeline file are found', async () => {
  const other = folder({ 'other.ts': pipelineFile('other-one', '0 6 * * *') });
  const broken = folder({ 'x.ts': 'export default 1;' });
  const manifest = folder({ 'ping.yaml': toUri.replace('*/5', 'often') });

  expect(await checkPipelines(other, folder({ 'ping.yaml': toUri }))).toContainEqual(
    expect.objectContaining({
      what: 'PingSource market-bars ticks for market-bars, which has no pipeline file',
    }),
  );
  expect(await checkPipelines(other, manifest)).toContainEqual(
    expect.objectContaining({ level: 'fail', what: expect.stringMatching(/ping\.yaml:\d+: spec\.schedule/) }),
  );
  expect(await checkPipelines(broken)).toMatchObject([
    { level: 'fail', what: expect.stringContaining(`${broken}/x.ts`) },
  ]);
});
