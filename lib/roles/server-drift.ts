/** Group roles and logins as the server has them against what shall be. */
import type { ClientBase } from 'pg';
import { ident, literal } from '../db/quote.ts';
import type { Login } from './logins.ts';
import { scramVerifier } from './password.ts';
import type { Change } from './right.ts';

type Wanted = {
  /** Group roles, each with those that it is a member of. */
  groups: ReadonlyMap<string, readonly string[]>;
  logins: readonly Login[];
  /** By the login's name: a login with none here keeps the one that it has. */
  passwords: ReadonlyMap<string, string>;
  /** Whether logins have a limit of connections. */
  limited: boolean;
};

type Found = {
  name: string;
  login: boolean;
  powers: string[];
  connections: number;
  groups: string[];
  settings: string[];
  open: boolean;
};

const FIND = `
select rolname as name, rolcanlogin as login, rolconnlimit as connections, not rolinherit as open,
       array_remove(array[case when rolsuper then 'superuser' end, case when rolcreaterole then 'createrole' end,
         case when rolcreatedb then 'createdb' end, case when rolreplication then 'replication' end,
         case when rolbypassrls then 'bypassrls' end], null) as powers,
       coalesce((select array_agg(distinct g.rolname::text) from pg_auth_members m
                   join pg_roles g on g.oid = m.roleid where m.member = r.oid), '{}') as groups,
       coalesce((select setconfig from pg_db_role_setting where setrole = r.oid and setdatabase = 0), '{}') as settings
  from pg_roles r where rolname = any($1)`;

/** The statements that make the roles, mend them, and take away what they have too much. */
export async function serverDrift(client: ClientBase, wanted: Wanted): Promise<Change[]> {
  const names = [...wanted.groups.keys(), ...wanted.logins.map(({ name }) => name)];
  const { rows } = await client.query<Found>(FIND, [names]);
  const found = new Map(rows.map((row) => [row.name, row]));
  return [
    ...[...wanted.groups].flatMap(([name, groups]) => groupDrift(name, groups, found.get(name))),
    ...wanted.logins.flatMap((login) => loginDrift(login, wanted, found.get(login.name))),
  ];
}

function groupDrift(name: string, groups: readonly string[], found: Found | undefined): Change[] {
  const made = found
    ? powersDrift(found, false)
    : [{ drift: `there is no role ${name}`, sql: `create role ${name} nologin` }];
  return [...made, ...membershipDrift(name, groups, found), ...settingsDrift(name, {}, found)];
}

function loginDrift(login: Login, { passwords, limited }: Wanted, found: Found | undefined): Change[] {
  const { name, group, settings } = login;
  const connections = limited ? login.connections : -1;
  const given = passwords.get(name);
  const password = given === undefined ? '' : ` password ${literal(scramVerifier(given))}`;
  const made = { drift: `there is no login ${name}`, sql: `create role ${name} login${password}` };
  const renewed = { drift: `${name} gets a new password`, sql: `alter role ${name}${password}` };
  const limit = {
    drift: `${name} may open ${found?.connections ?? 'any number of'} connections, not ${connections}`,
    sql: `alter role ${name} connection limit ${connections}`,
  };
  return [
    ...(found ? powersDrift(found, true) : [made]),
    ...(found && password ? [renewed] : []),
    ...((found?.connections ?? -1) === connections ? [] : [limit]),
    ...membershipDrift(name, [group], found),
    ...settingsDrift(name, settings, found),
  ];
}

function powersDrift({ name, login, powers, open }: Found, wantsLogin: boolean): Change[] {
  return [
    ...powers.map((power) => ({ drift: `${name} is ${power}`, sql: `alter role ${name} no${power}` })),
    ...(open ? [{ drift: `${name} inherits nothing`, sql: `alter role ${name} inherit` }] : []),
    ...(login === wantsLogin
      ? []
      : [
          {
            drift: `${name} may ${login ? '' : 'not '}log in`,
            sql: `alter role ${name} ${wantsLogin ? 'login' : 'nologin'}`,
          },
        ]),
  ];
}

function membershipDrift(name: string, wanted: readonly string[], found: Found | undefined): Change[] {
  const has = found?.groups ?? [];
  return [
    ...wanted
      .filter((group) => !has.includes(group))
      .map((group) => ({ drift: `${name} is no member of ${group}`, sql: `grant ${group} to ${name}` })),
    ...has
      .filter((group) => !wanted.includes(group))
      .map((group) => ({
        drift: `${name} is a member of ${group}`,
        sql: `revoke ${ident(group)} from ${name}`,
      })),
  ];
}

function settingsDrift(name: string, wanted: Record<string, string>, found: Found | undefined): Change[] {
  // The server writes `TimeZone`; it reads what we write.
  const has = new Map(
    (found?.settings ?? []).map((text) => {
      const [key = '', ...value] = text.split('=');
      return [key.toLowerCase(), value.join('=')];
    }),
  );
  return [
    ...Object.entries(wanted)
      .filter(([key, value]) => has.get(key) !== value)
      .map(([key, value]) => ({
        drift: `${name} has ${key} = ${has.get(key) ?? "the server's"}, not ${value}`,
        sql: `alter role ${name} set ${key} = ${key === 'search_path' ? value : literal(value)}`,
      })),
    ...[...has]
      .filter(([key]) => !(key in wanted))
      .map(([key, value]) => ({
        drift: `${name} has ${key} = ${value}`,
        sql: `alter role ${name} reset ${key}`,
      })),
  ];
}
