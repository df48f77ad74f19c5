/** Ways of changing the audit that its triggers would refuse; done by who may switch them off. */
import type { Client } from 'pg';

const TABLES = ['audit', 'audit_seals', 'audit_head', 'audit_anchors'];

/** Does it with the triggers off. */
export async function tamper(client: Client, ...statements: string[]): Promise<void> {
  const triggers = (state: string) =>
    TABLES.map((table) => `alter table ${table} ${state} trigger all;`).join('');
  await client.query(
    ['begin;', triggers('disable'), ...statements.map((one) => `${one};`), triggers('enable'), 'end;'].join(
      '',
    ),
  );
  for (const [table, names] of Object.entries(ALWAYS))
    for (const name of names) await client.query(`alter table ${table} enable always trigger ${name}`);
}

const ALWAYS = {
  audit: ['audit_only_grows', 'audit_stays'],
  audit_seals: ['audit_seals_only_grow', 'audit_seals_stay'],
  audit_head: ['audit_head_stays', 'audit_head_goes_on'],
};

/** What may be done at a seal of a chain of `length` that ends an hour after its `at`s; each must be found. */
export const tamperings: Record<string, (seal: number, length: number) => string[]> = {
  'another actor': (seal) => [`update audit set actor = actor || 'x' where ${rowOf(seal)}`],
  'another time': (seal) => [`update audit set at = at + interval '1 microsecond' where ${rowOf(seal)}`],
  'another origin': (seal) => [`update audit set came_from = 'CLI of eve' where ${rowOf(seal)}`],
  'another action': (seal) => [`update audit set action = 'run.other' where ${rowOf(seal)}`],
  'another subject': (seal) => [`update audit set subject = subject || 'x' where ${rowOf(seal)}`],
  'a reason moved into the subject': (seal) => [
    `update audit set subject = subject || coalesce(why, '-'), why = case when why is null then '' end where ${rowOf(seal)}`,
  ],
  'other details': (seal) => [`update audit set details = details || '{"eve": 1}' where ${rowOf(seal)}`],
  'another id': (seal) => [
    `update audit set audit_id = default where ${rowOf(seal)}`,
    `update audit_seals set audit_id = (select max(audit_id) from audit) where number = ${seal}`,
  ],
  'a row removed': (seal) => [`delete from audit where ${rowOf(seal)}`],
  'a row removed with its seal': (seal) => [
    `delete from audit where ${rowOf(seal)}`,
    `delete from audit_seals where number = ${seal}`,
  ],
  'a row removed, with its seal, and the chain closed up': (seal) => [
    `delete from audit where ${rowOf(seal)}`,
    `delete from audit_seals where number = ${seal}`,
    `update audit_seals set number = number + 1000 where number > ${seal}`,
    `update audit_seals set number = number - 1001 where number > 1000`,
    `update audit_head set number = number - 1`,
  ],
  'a seal removed': (seal) => [`delete from audit_seals where number = ${seal}`],
  'seals that swap their rows': (seal, length) => {
    const other = (seal % length) + 1;
    return [
      `update audit_seals set audit_id = -audit_id where number in (${seal}, ${other})`,
      `update audit_seals s set audit_id = -o.audit_id from audit_seals o
         where s.number in (${seal}, ${other}) and o.number in (${seal}, ${other}) and s.number <> o.number`,
    ];
  },
  'a later sealing': (seal) => [
    `update audit_seals set sealed_at = sealed_at + interval '1 hour' where number = ${seal}`,
  ],
  'a row and its seal made new': (seal) => [
    `update audit set actor = 'eve' where ${rowOf(seal)}`,
    `update audit_seals s set hash = audit_hash(
       coalesce((select hash from audit_seals where number = ${seal - 1}), sha256('KubeScribe audit 1')), s, a)
       from audit a where a.audit_id = s.audit_id and s.number = ${seal}`,
  ],
  'the end cut off': (seal) => [
    `delete from audit where audit_id in (select audit_id from audit_seals where number >= ${seal})`,
    `delete from audit_seals where number >= ${seal}`,
  ],
  'a back-dated row that is sealed': () => [
    `insert into audit (at, actor, came_from, action, subject) values (clock() - interval '20 minutes', 'eve', 'HTTP', 'run.cancel', 'x')`,
    'select seal_audit()',
  ],
  'a back-dated row that is not sealed': () => [
    `insert into audit (audit_id, at, actor, came_from, action, subject)
       overriding system value values (-1, clock() - interval '20 minutes', 'eve', 'HTTP', 'run.cancel', 'x')`,
  ],
  'a beginning taken away': (seal) => [
    `insert into audit_anchors (number, hash, audit_id, removed)
       select number, hash, 1, ${seal} from audit_seals where number = ${seal}`,
    `delete from audit where audit_id in (select audit_id from audit_seals where number <= ${seal})`,
    `delete from audit_seals where number <= ${seal}`,
  ],
};

const rowOf = (seal: number) => `audit_id = (select audit_id from audit_seals where number = ${seal})`;
