import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../lib/config.ts';

describe('without any setting', () => {
  test('the defaults hold', () => {
    expect(loadConfig({})).toMatchObject({
      port: 8080,
      portIsExplicit: false,
      home: '.kubescribe',
      runlogUrl: undefined,
      prodUrl: undefined,
      reportUrl: undefined,
      smtpUrl: undefined,
      broker: undefined,
      targets: [],
      notifyTo: [],
      logLevel: 'info',
      source: 'local',
      pipelines: expect.stringMatching(/\/pipelines$/),
      crash: undefined,
    });
  });

  test('an empty variable is as good as none', () => {
    expect(loadConfig({ PORT: '', RUNLOG_DB_URL: '', K_SINK: '' })).toEqual(loadConfig({}));
  });
});

describe('settings', () => {
  test('are read', () => {
    const config = loadConfig({
      PORT: '0',
      RUNLOG_DB_URL: 'postgres://u:p@h/r',
      SMTP_URL: 'smtp://h:25',
      K_SINK: 'http://broker/',
      FUNCTION_TARGET: 'list-runs, get-run,',
      KUBESCRIBE_CODE: 'c0de',
      HOSTNAME: 'pod-1',
      NOTIFY_TO: 'a@x.example, b@x.example',
    });

    expect(config).toMatchObject({
      port: 0,
      portIsExplicit: true,
      runlogUrl: 'postgres://u:p@h/r',
      smtpUrl: 'smtp://h:25',
      broker: 'http://broker/',
      targets: ['list-runs', 'get-run'],
      code: 'c0de',
      instance: 'pod-1',
      notifyTo: ['a@x.example', 'b@x.example'],
    });
  });

  test('the old name of RunLog is taken, the new one goes first', () => {
    const [old, current] = ['postgres://h/old', 'postgresql://h/new'];

    expect(loadConfig({ OPSLOG_DB_URL: old }).runlogUrl).toBe(old);
    expect(loadConfig({ OPSLOG_DB_URL: old, RUNLOG_DB_URL: current }).runlogUrl).toBe(current);
  });

  test.each([
    [{}, 'local'],
    [{ CI: 'true' }, 'ci'],
    [{ K_REVISION: 'trigger-00001' }, 'k8s'],
    [{ K_REVISION: 'trigger-00001', CI: 'true' }, 'k8s'],
  ] as const)('%o means source %s', (env, source) => {
    expect(loadConfig(env).source).toBe(source);
  });

  test('are frozen, their lists too', () => {
    const config = loadConfig({ FUNCTION_TARGET: 'a' });

    expect(Object.isFrozen(config)).toBe(true);
    expect([config.targets, config.notifyTo].every(Object.isFrozen)).toBe(true);
  });
});

describe('a wrong setting', () => {
  test.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['RUNLOG_DB_URL', 'mysql://root:hunter2@h/db'],
    ['OPSLOG_DB_URL', 'hunter2'],
    ['PROD_DB_URL', 'postgres:hunter2'],
    ['REPORT_DB_URL', 'host=h password=hunter2'],
    ['SMTP_URL', 'http://u:hunter2@h'],
    ['K_SINK', 'broker.default.svc'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is named, and never told', (name, value) => {
    const load = () => loadConfig({ [name]: value });

    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^Wrong settings: ${name} `));
    expect(load).not.toThrow('hunter2');
  });

  test('does not hide another', () => {
    expect(() => loadConfig({ PORT: 'x', K_SINK: 'y' })).toThrow(/PORT .*; K_SINK /);
  });
});
