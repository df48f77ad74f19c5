import { expect } from 'vitest';
import { test } from '../../setup/fixtures.ts';
import { asLogin } from '../../setup/own-login.ts';
import { doctor } from '../examine.ts';

const MORE = /: more than a function needs/;

test('a login that may more than a function needs is told, with what', async ({ runlog, report, prod }) => {
  const { findings } = await doctor({ RUNLOG_DB_URL: runlog, REPORT_DB_URL: report, PROD_DB_URL: prod });

  const told = findings.filter(({ what }) => MORE.test(what));
  expect(told.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
  expect(told[0]?.what).toMatch(
    /^RunLog: "\w+" is a superuser, may make roles, .*may make tables in .*public:/,
  );
  expect(told[2]?.what).toMatch(/may write \d+ of its tables/);
});

test('the logins that functions have are well', async ({ runlog, report, prod }) => {
  const { findings, failing } = await doctor({
    RUNLOG_DB_URL: asLogin(runlog, 'kubescribe-runlog-planner'),
    REPORT_DB_URL: asLogin(report, 'kubescribe-report'),
    PROD_DB_URL: asLogin(prod, 'kubescribe-production'),
  });

  expect(findings.filter(({ what }) => MORE.test(what))).toEqual([]);
  expect(findings.filter(({ what }) => /no more than a function needs/.test(what))).toHaveLength(3);
  expect(failing.filter(({ what }) => /RunLog|database/.test(what))).toEqual([]);
});
