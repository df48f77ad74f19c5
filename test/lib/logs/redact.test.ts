import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeError, redact } from '../../../lib/logs/redact.ts';
import { redactJson } from '../../../lib/logs/redact-json.ts';

const CANARY = 'hunter2';

describe('redact hides', () => {
  test.each([
    ['a password in a URL', `postgres://app:${CANARY}@db.example:5432/runlog`],
    ['one that holds an @', `postgres://app:x@${CANARY}@db/runlog`],
    ['one that holds a slash', `postgres://app:x/${CANARY}@db/runlog`],
    ['one without a user', `redis://:${CANARY}@cache`],
    ['one in the query of a URL', `https://example.com/a?b=c&api_key=${CANARY}&d=e`],
    ['a Bearer token', `Authorization: Bearer ${CANARY}.${CANARY}`],
    ['a Basic token', `authorization=Basic ${CANARY}==`],
    ['another scheme', `Authorization: ApiKey ${CANARY}`],
    ['a token by itself', `sent Bearer ${CANARY}${CANARY}`],
    ['an Authorization in JSON', `{"authorization": "Token ${CANARY}"}`],
    ['password=', `host=db password=${CANARY} user=app`],
    ['a quoted password', `password="${CANARY} and ${CANARY}"`],
    ['a password in JSON', `{"password":"${CANARY}"}`],
    ['PGPASSWORD', `PGPASSWORD=${CANARY} psql`],
    ['SMTP_PASSWORD', `SMTP_PASSWORD: ${CANARY}`],
    ['client_secret', `client_secret=${CANARY}`],
    ['AWS_SECRET_ACCESS_KEY', `AWS_SECRET_ACCESS_KEY=${CANARY}`],
    ['accessToken', `accessToken: ${CANARY}`],
    ['a JWT', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${CANARY}.${CANARY}`],
    ['a key in PEM', `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`],
    ['a key in PEM that was cut', `-----BEGIN RSA PRIVATE KEY-----\n${CANARY}`],
  ])('%s', (_what, text) => {
    expect(redact(text)).not.toContain(CANARY);
    expect(redact(text)).toContain('[hidden]');
  });
});

test.each([
  'the run took 5 s and passed: 12 rows of 14',
  'http://console.example:8080/runs/1?limit=5',
  'read 5 tokens: 3 were new',
  'mail to ops@example.com at 10:15',
  'vendor_b: close differs',
])('redact leaves "%s" as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('a megabyte that looks like the beginnings of tokens takes no minutes', () => {
  const text = 'eyJ-'.repeat(250_000);

  expect(redact(text) === text).toBe(true);
});

test('what redact gives can be stored: no NUL, no half of a surrogate pair', () => {
  expect(redact('a\0b\ud800c')).toBe('a\u2400b\ufffdc');
});

describe('redactJson', () => {
  test('hides the values of secret names, whatever they are, and secrets in text', () => {
    expect(
      redactJson({
        password: 7,
        token: { a: 1 },
        url: `http://u:${CANARY}@h`,
        list: [`password=${CANARY}`],
        n: 1,
      }),
    ).toEqual({
      password: '[hidden]',
      token: '[hidden]',
      url: 'http://u:[hidden]@h',
      list: ['password=[hidden]'],
      n: 1,
    });
  });

  test('takes what JSON cannot say: cycles, depth, BigInt, dates that are none', () => {
    const cycle: Record<string, unknown> = {
      big: 5n,
      never: new Date(Number.NaN),
      at: new Date(0),
      no: undefined,
    };
    cycle.self = cycle;

    const plain = JSON.stringify(redactJson(cycle));

    expect(JSON.parse(plain)).toMatchObject({ big: '5', never: null, at: '1970-01-01T00:00:00.000Z' });
  });

  test('any value becomes JSON without NUL and without halves of surrogate pairs', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (value) => {
        const text = JSON.stringify(redactJson({ value, 'k\0\ud800': '\0\udc00' }));

        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        JSON.parse(text);
      }),
    );
  });
});

describe('describeError', () => {
  const postgres = (code: string, message: string) =>
    Object.assign(new Error(message), { code, severity: 'ERROR' });

  test.each([
    ['22P02', `invalid input syntax for type numeric: "${CANARY}"`],
    ['22003', `value "${CANARY}" is out of range for type integer`],
    ['22008', `date/time field value out of range: "${CANARY}"`],
    ['22P02', `invalid input value for enum run_status: "${CANARY}\n${CANARY}"`],
  ])('hides the row value in PostgreSQL %s: %s', (code, message) => {
    const facts = describeError(postgres(code, message));

    expect(facts.message).not.toContain(CANARY);
    expect(facts.code).toBe(`SQL_${code}`);
  });

  test('keeps the names of tables and constraints', () => {
    const { message } = describeError(
      postgres('23505', 'duplicate key value violates unique constraint "run_log_pkey"'),
    );

    expect(message).toContain('"run_log_pkey"');
  });

  test('shows neither detail, hint nor cause; the stack has frames alone', () => {
    const error = Object.assign(postgres('23505', 'duplicate key'), {
      detail: CANARY,
      hint: CANARY,
      cause: CANARY,
    });
    error.stack = `Error: ${CANARY}\n    at here (file.ts:1:1)`;

    expect(JSON.stringify(describeError(error))).not.toContain(CANARY);
    expect(describeError(error).stack).toBe('    at here (file.ts:1:1)');
  });

  test('an error can always be stored and is never long', () => {
    const { message, code } = describeError(
      Object.assign(new Error(`\0${'x'.repeat(10_000)}`), { code: 'A\0' }),
    );

    expect(message.length).toBeLessThanOrEqual(2000);
    expect(message + code).not.toContain('\0');
  });

  test.each([[undefined], ['text'], [{ a: 1 }], [null], [Object.create(null)]])(
    'takes what is no Error: %o',
    (thrown) => {
      expect(describeError(thrown).code).toBe('ERROR');
    },
  );
});
