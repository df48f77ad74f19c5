/** A page that says one sentence: what is wrong and what to do. */
import { isAway, isRefused, sqlState } from '../lib/db/sqlstate.ts';
import { html } from './html.ts';
import { pageResponse } from './page.ts';
import { icon } from './status-mark.ts';

const NO_SUCH_TABLE = '42P01';
const NO_SUCH_FUNCTION = '42883';

/** The page of a client's mistake. */
export const missingPage = (status: 400 | 404, sentence: string, local: boolean): Response =>
  pageResponse({
    title: 'Not found',
    local,
    status,
    body: html`<section class="card health idle">${icon('idle')}<div><h1>${sentence}</h1><p><a href="/">All runs</a></p></div></section>`,
  });

/** The page of a database that gives no answer; undefined when the fault is another. */
export function awayPage(error: unknown, local: boolean): Response | undefined {
  const words = wordsOf(error);
  if (!words) return undefined;
  return pageResponse({
    title: 'RunLog is away',
    tone: 'bad',
    local,
    status: 503,
    headers: { 'retry-after': '5' },
    readAt: new Date(),
    body: html`<section class="card health bad">${icon('bad')}<div><h1>${words.sentence}</h1><p>${words.hint}</p></div></section>`,
  });
}

function wordsOf(error: unknown): { sentence: string; hint: string } | undefined {
  const runsGoOn =
    'Nothing is lost: what is running goes on as soon as it is back. This page tries again by itself.';
  if (isAway(error)) return { sentence: 'RunLog, the database of runs, cannot be reached.', hint: runsGoOn };
  if (isRefused(error)) {
    return {
      sentence: 'RunLog, the database of runs, does not let this page in.',
      hint: 'Look at RUNLOG_DB_URL: its user, password and database.',
    };
  }
  if ([NO_SUCH_TABLE, NO_SUCH_FUNCTION].includes(sqlState(error) ?? '')) {
    return { sentence: 'RunLog has no tables yet.', hint: 'Make them with: npx kubescribe migrate' };
  }
  return undefined;
}
