/** Events that nobody could take, for a person: what each was for, why it died, and what to do. */
import { sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';
import { explain } from '../lib/dead-letters/explain.ts';
import { type Letter, listDeadLetters } from '../lib/dead-letters/read.ts';
import { plural } from '../lib/numbers.ts';
import { type Html, html } from './html.ts';
import { pageResponse } from './page.ts';
import { readNow } from './read-now.ts';
import { icon } from './status-mark.ts';
import { ago } from './when.ts';

const SHOWN = 50;
/** Counted at most. */
const MOST_COUNTED = 100;

/** Renders the newest that were not overtaken. */
export async function deadLettersPage(db: Db, local: boolean): Promise<Response> {
  const [{ letters }, now] = await Promise.all([
    listDeadLetters(db, { overtaken: false }, SHOWN),
    readNow(db),
  ]);
  const body = html`
<p class="trail small"><a href="/">Runs</a></p>
<div class="title"><h1>Dead letters</h1><span class="dim">events that nobody could take, the newest first</span></div>
${letters.length > 0 ? letters.map((letter) => card(letter, now)) : html`<p class="card dim">There are none but of runs that had moved on.</p>`}
<p class="older"><a href="/dead-letters">All of them as JSON</a></p>`;
  return pageResponse({ title: 'Dead letters', here: 'runs', local, body });
}

function card(letter: Letter, now: Date): Html {
  const told = explain(letter);
  const { run_id, event_type, times, last_seen, replayed_at } = letter;
  return html`<section class="card"><h3>${event_type}</h3>
<p class="dim small">No. ${letter.id} · ${times === 1 ? 'died' : `died ${times} times, last`} ${ago(last_seen, now)}${replayed_at && ` · sent again ${ago(replayed_at, now)}`}${run_id && html` · <a href="/console/runs/${run_id}">its run</a>`}</p>
<p>It ${told.for}; ${told.taker} was to take it.</p>
<p>${told.died}</p>
<p>${told.since} Sending it again is <b>${told.replay}</b>: ${told.because}.</p>
${told.replay === 'useful' && html`<code class="command">npx kubescribe dead-letters replay ${letter.id} --why REASON</code>`}
</section>`;
}

/** A line about those of the last day that nobody has sent again; nothing when there are none. */
export async function deadLettersNote(db: Db): Promise<Html | false> {
  const { rows } = await sql<{ letters: number }>`
    select count(*)::int as letters from (
      select from dead_letters
       where not overtaken and replayed_at is null and first_seen > clock() - interval '1 day'
       order by first_seen desc limit ${MOST_COUNTED}) fresh`.execute(db);
  const letters = rows[0]?.letters ?? 0;
  if (letters === 0) return false;
  const many = letters === MOST_COUNTED ? `${MOST_COUNTED} events or more` : plural(letters, 'event');
  return html`<p class="card health warn">${icon('warn')}<span>${many} of the last day could not be delivered. <a href="/console/dead-letters">Why, and what to do</a></span></p>`;
}
