import { expect, test } from 'vitest';
import { splitStatements } from '../../../lib/db/migration-statements.ts';

test.for([
  ['plain statements', 'select 1;\nselect 2;', ['1: select 1', '2: select 2']],
  [
    'quotes',
    `select 'a;''b', "c;""d", E'\\';';select 2;`,
    [`1: select 'a;''b', "c;""d", E'\\';'`, '1: select 2'],
  ],
  ['dollar quotes', 'do $$ a; $b$ $$;\ndo $x$ $$; $x$;', ['1: do $$ a; $b$ $$', '2: do $x$ $$; $x$']],
  ['comments', "-- one; '\n/* two; */ select 1; -- end;\n", ['2: select 1']],
  [
    'atomic bodies',
    'create or replace function f() returns int\nbegin atomic; select case when true then 1 end; end;\nselect 2;',
    [
      '1: create or replace function f() returns int\nbegin atomic; select case when true then 1 end; end',
      '3: select 2',
    ],
  ],
  ['placeholders that look like tags', 'select a$b, $1;select 2;', ['1: select a$b, $1', '1: select 2']],
  ['empty statements', ';;\n;', []],
] as const)('statements end at their own semicolons: %s', ([, sql, expected]) => {
  expect(splitStatements(sql).map(({ line, text }) => `${line}: ${text}`)).toEqual(expected);
});

test('a last statement without a semicolon is told apart', () => {
  expect(splitStatements('select 1;\nselect 2\n').map(({ ended }) => ended)).toEqual([true, false]);
});
