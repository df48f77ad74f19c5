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
const list = 'resources:\n  - ping.yaml\n';
const base = (text = toUri) => folder({ 'ping.yaml': text, 'kustomization.yaml': list });

test('each schedule must have a PingSource that ticks with it', async () => {
  const pipelines = folder({
    'market-bars.ts': pipelineFile('market-bars', '*/7 * * * *'),
    'other.ts': pipelineFile('other', '0 6 * * *'),
  });

  expect(await checkPipelines(pipelines, base())).toEqual([
    { level: 'ok', what: 'Pipelines: market-bars, other' },
    { level: 'fail', what: expect.stringMatching(/^other has a schedule but no PingSource/), mend: MEND },
    {
      level: 'fail',
      what: 'PingSource of market-bars: in ping.yaml spec.schedule is not "*/7 * * * *"',
      mend: MEND,
    },
    {
      level: 'fail',
      what: 'Manifests: kustomization.yaml: it lacks 510-other-ping.yaml',
      mend: MEND,
    },
  ]);
});

const MEND = 'run `npx kubescribe manifests`';

test('a PingSource that ticks with its schedule is right', async () => {
  const pipelines = folder({ 'market-bars.ts': pipelineFile('market-bars', '*/5 * * * *') });

  expect(await checkPipelines(pipelines, base())).toEqual([
    { level: 'ok', what: 'Pipelines: market-bars' },
    { level: 'ok', what: 'PingSource of market-bars: schedule "*/5 * * * *", timezone UTC' },
  ]);
});

test('a PingSource for a pipeline that is gone, a broken manifest and a broken pipeline file are found', async () => {
  const other = folder({ 'other.ts': pipelineFile('other-one') });
  const broken = folder({ 'x.ts': 'export default 1;' });

  expect(await checkPipelines(other, base())).toContainEqual({
    level: 'warn',
    what: 'PingSource ping.yaml is of no use: market-bars has no schedule, or no file',
    mend: MEND,
  });
  expect(await checkPipelines(other, base(toUri.replace('*/5', 'often')))).toContainEqual(
    expect.objectContaining({ level: 'fail', what: expect.stringMatching(/ping\.yaml:\d+: spec\.schedule/) }),
  );
  expect(await checkPipelines(broken)).toMatchObject([
    { level: 'fail', what: expect.stringContaining(`${broken}/x.ts`) },
  ]);
});
