import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkHome, checkNode, checkPackages } from '../../../cli/doctor/ground.ts';
import { loadConfig } from '../../../lib/config.ts';
import { folder } from '../command.ts';

test('Node, packages and the data folder are looked at', () => {
  const file = join(folder({ home: '' }), 'home');
  const root = folder({ 'package-lock.json': '{}' });

  expect(checkNode('v20.19.0')).toMatchObject({ level: 'fail', what: expect.stringContaining('20.19.0') });
  expect(checkPackages(root)).toMatchObject({ level: 'warn', mend: 'run `make install`' });
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules/.installed'), '{}');
  expect(checkPackages(root)).toMatchObject({ level: 'ok' });
  writeFileSync(join(root, 'package-lock.json'), '{"new": 1}');
  expect(checkPackages(root)).toMatchObject({ level: 'warn', what: expect.stringContaining('has changed') });
  expect(checkHome(loadConfig({ KUBESCRIBE_HOME: file }))).toMatchObject({
    level: 'fail',
    what: `${file} is a file, not the data folder`,
  });
  expect(checkHome(loadConfig({ KUBESCRIBE_HOME: join(root, 'to/be/made') }))).toMatchObject({ level: 'ok' });
});
