/** `kubescribe audit verify`: needs RunLog alone, no service of ours. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Anchor } from '../lib/audit/ends.ts';
import { type Verified, verifyAudit } from '../lib/audit/verify.ts';
import { loadConfig } from '../lib/config.ts';
import { databaseUrl } from './database-url.ts';
import { note, print, printJson, wantsJson } from './print.ts';
import { duration } from './time-text.ts';
import { visible } from './visible.ts';

/** An option that is the end of a chain as it is printed; several make a list. */
export function anchorOption(text: string, before: Anchor[] = []): Anchor[] {
  const [, hash = '', number] = /^([0-9a-f]{64})@(\d{1,15})$/i.exec(text) ?? [];
  if (!number)
    throw new InvalidArgumentError(
      'It is what an earlier check printed: 64 hexadecimal digits, @, a number.',
    );
  return [...before, { number: Number(number), hash: Buffer.from(hash, 'hex') }];
}

/** Checks the chain and prints what was found. */
export async function verify({ anchor = [] }: { anchor?: Anchor[] }, command: Command): Promise<void> {
  const began = performance.now();
  const verified = await verifyAudit(databaseUrl(loadConfig(), 'runlog'), anchor);
  const took = performance.now() - began;
  if (verified.found > 0) process.exitCode = 1;
  const { end, ...shown } = verified;
  if (wantsJson(command)) return printJson({ ...shown, anchor: textOf(end), took_ms: Math.round(took) });
  report(verified, took);
  const old = anchor.filter(({ number }) => number < verified.begins_after);
  for (const { number } of old) note(`Retention took seal ${number} away: its anchor was not compared.`);
}

function report({ rows, begins_after, end, unsealed, found, findings }: Verified, took: number): void {
  for (const { kind, says } of findings) print(visible(`${kind}: ${says}`));
  if (found > findings.length) print(`… and ${found - findings.length} more`);
  const range = rows === 0 ? 'No sealed rows' : `${rows} sealed rows, ${begins_after + 1} to ${end.number}`;
  const oldest = unsealed.oldest_s === null ? '' : ` (the oldest for ${duration(unsealed.oldest_s * 1000)})`;
  print(`${range}, checked in ${duration(took)}; ${unsealed.rows} not yet sealed${oldest}.`);
  print(found === 0 ? 'Nothing was changed.' : `Found: ${found}.`);
  print(`anchor ${textOf(end)}`);
}

const textOf = ({ number, hash }: Anchor) => `${hash.toString('hex')}@${number}`;
