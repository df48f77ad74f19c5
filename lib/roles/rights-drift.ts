/** What is granted against what shall be. */
import type { ClientBase } from 'pg';
import { grantedRights, objectNames } from './catalogue.ts';
import { type Change, EVERYBODY, type Right } from './right.ts';

type Wanted = {
  /** Roles whose rights shall be exactly these. */
  groups: readonly string[];
  rights: readonly Right[];
  /** Whether the whole database is ours, so that nothing in it is for everybody. */
  ours: boolean;
};

/** The grants that are missing and those that are too many, as SQL. */
export async function rightsDrift(client: ClientBase, { groups, rights, ours }: Wanted): Promise<Change[]> {
  const there = await objectNames(client);
  const granted = await grantedRights(client, groups);
  const concerns = granted.filter(({ grantee }) => ours || grantee !== EVERYBODY);
  const has = new Set(concerns.map(textOf));
  const wanted = new Set(rights.map(textOf));
  return [
    ...joined(concerns.filter((right) => !wanted.has(textOf(right)))).map(({ grantee, verb, on }) => ({
      drift: `${grantee} may ${verb} on ${on}, and should not`,
      sql: `revoke ${verb} on ${on} from ${grantee}`,
    })),
    ...joined(rights.filter((right) => !has.has(textOf(right)))).map(({ grantee, verb, on }) =>
      there.has(on)
        ? { drift: `${grantee} may not ${verb} on ${on}`, sql: `grant ${verb} on ${on} to ${grantee}` }
        : { drift: `${on} is not there, on which ${grantee} should be allowed to ${verb}`, sql: '' },
    ),
  ];
}

const textOf = ({ grantee, verb, on }: Right) => `${grantee}\0${verb}\0${on}`;

/** One statement for all verbs of a role on an object. */
function joined(rights: readonly Right[]): Right[] {
  const together = Map.groupBy(rights, ({ grantee, on }) => `${grantee}\0${on}`);
  return [...together.values()].map((same) => ({
    ...same[0]!,
    verb: same.map(({ verb }) => verb).join(', '),
  }));
}
