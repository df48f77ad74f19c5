/** Checks that the audit is what was sealed: every hash is computed anew, away from the database. */
import type { Client } from 'pg';
import { connect } from '../db/connect.ts';
import { chainBetween } from './chain.ts';
import { type Anchor, readEnds } from './ends.ts';
import { type Finding, noFindings } from './findings.ts';
import { eachLink } from './links.ts';
import { findUnsealed, type Unsealed } from './unsealed.ts';

const MINUTE = 60_000;

export type Verified = {
  rows: number;
  /** What is before it was taken away by retention; 0: nothing. */
  begins_after: number;
  /** Where the chain ends: an anchor for a later check. */
  end: Anchor;
  unsealed: Unsealed;
  found: number;
  /** The first of what was found. */
  findings: Finding[];
};

/** Reads the whole chain, however long; `noted` are ends that an earlier check or the log told. */
export async function verifyAudit(url: string, noted: readonly Anchor[] = []): Promise<Verified> {
  const client = await connect(url, { name: 'kubescribe audit verify', statementTimeout: 10 * MINUTE });
  try {
    // One moment for all, however long it takes.
    await client.query('begin transaction isolation level repeatable read read only');
    return await verifyWith(client, noted);
  } finally {
    await client.end();
  }
}

async function verifyWith(client: Client, noted: readonly Anchor[]): Promise<Verified> {
  const findings = noFindings();
  const ends = await readEnds(client, findings);
  const chain = chainBetween(ends, noted, findings);
  await eachLink(client, chain.follow);
  const { rows, end } = chain.end();
  const unsealed = await findUnsealed(client, findings);
  const begins_after = ends.start.number;
  return { rows, begins_after, end, unsealed, found: findings.count(), findings: findings.told };
}
