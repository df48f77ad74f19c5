import { randomUUID } from 'node:crypto';
import type { LocalPostgres } from '../../local/postgres.ts';
import type { Urls } from './script.ts';

/** Does work on copies of a server's templates, which go when it is done. */
export async function onCopies<T>(server: LocalPostgres, work: (urls: Urls) => Promise<T>): Promise<T> {
  const id = randomUUID().slice(0, 8);
  const name = (template: string) => `c_${template}_${id}`;
  const templates = ['runlog', 'report', 'prod'] as const;
  for (const template of templates) {
    await server.admin(`create database ${name(template)} template tpl_${template} strategy file_copy`);
  }
  const done = await work({
    runlog: server.url(name('runlog')),
    report: server.url(name('report')),
    prod: server.url(name('prod')),
  });
  for (const template of templates) await server.admin(`drop database ${name(template)} with (force)`);
  return done;
}
