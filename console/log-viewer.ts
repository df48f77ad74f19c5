/** The log of a run, of a type or of everything: a list with a form, which client/page/log-viewer.ts keeps going. */
import * as z from 'zod';
import { logFilter } from '../lib/contract/log-filter.ts';
import { LEVELS, LogType } from '../lib/contract/log-line.ts';
import { type Html, html, trusted } from './html.ts';
import { logLines } from './log-lines.ts';
import built from './log-viewer.json' with { type: 'json' };
import type { LogView } from './read-log.ts';

/** What its form and its links ask for, in the address of the page. */
export const LogWish = z.object({
  type: logFilter.type,
  min_level: logFilter.min_level,
  text: logFilter.text,
  around: z.coerce.number<string>().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
});
export type LogWish = z.infer<typeof LogWish>;

/** The script of a page that shows one. */
export const viewerScript: string = built.script;

type Viewer = {
  jobRunId?: string;
  filterType?: z.infer<typeof LogType>;
  /** A length of CSS: how tall the list may become. */
  height?: string;
  /** Whether lines may still come. */
  live: boolean;
  view: LogView;
  wish: LogWish;
  /** The address of the page, with what it was asked for. */
  url: URL;
  /** Said in place of lines. */
  none: string;
};

/** The list with its form, its links and a place for what is said of it. */
export function logViewer({
  jobRunId,
  filterType,
  height = '34rem',
  live,
  view,
  wish,
  url,
  none,
}: Viewer): Html {
  const { lines, older, newer } = view;
  const { pathname } = url;
  const follows = live && wish.around === undefined;
  const type = filterType ?? wish.type;
  const asked = query({ job_run_id: jobRunId, type, min_level: wish.min_level, text: wish.text });
  const page = { type: wish.type, min_level: wish.min_level, text: wish.text };
  // Lines that were committed late are told again with those after the oldest that is shown, and known by their ids.
  const after = older ? (lines[0]?.id ?? 0) : 0;
  return html`<section class="viewer" data-keep data-log data-height="${height}"${jobRunId !== undefined && html` data-run="${jobRunId}"`}${filterType && html` data-type="${filterType}"`}${follows && html` data-after="${after}"`}>
<form class="sieve" action="${pathname}" data-part="form">
${jobRunId === undefined && !filterType && choice('type', 'Type', wish.type, LogType.options, '')}
${choice('min_level', 'Level', wish.min_level, LEVELS.slice(1), ' and worse')}
<label class="grow"><span class="quiet">Text</span><input type="search" name="text" value="${wish.text ?? ''}" placeholder="Search" maxlength="200"></label>
<button>Find</button>
<button type="button" class="second" data-part="pause" hidden>Pause</button>
</form>
<p class="small dim over"><span data-part="note">${noteOf(view, page, pathname)}</span><span data-part="left" hidden></span></p>
${logLines(lines, { ofWhom: jobRunId === undefined, marked: view.around, address: (id) => `${pathname}${query({ type: wish.type, around: id })}` })}
<p class="card dim none" data-part="none">${wish.min_level || wish.text || wish.type ? 'No line fits.' : none}</p>
<p class="newer"><button type="button" data-part="newer" hidden>New lines below</button></p>
<p class="small split under"><span><span data-part="state">${newer && html`<a href="${pathname}${query(page)}">To the newest</a>`}</span><span class="quiet" role="status" data-part="aloud"></span></span>
<span data-part="downloads">Download: <a href="/api/v1/logs/download${asked}" download>NDJSON</a> <a href="/api/v1/logs/download${query({ format: 'text' }, asked)}" download>text</a></span></p>
</section>`;
}

function noteOf({ lines, older, around }: LogView, page: object, pathname: string): Html | string {
  const first = lines[0];
  if (around === null) return 'The line that was asked for is not kept any more; these are the last.';
  if (around !== undefined)
    return html`Around one line. <a href="${pathname}${query({ ...page })}">The last lines</a>`;
  if (older && !first) return 'None of the newest lines fits; older ones may: the download looks at all.';
  if (!older || !first) return '';
  return html`The last ${lines.length} lines. <a href="${pathname}${query({ ...page, around: first.id })}">Older</a>`;
}

function choice(
  name: string,
  label: string,
  chosen: string | undefined,
  options: readonly string[],
  more: string,
): Html {
  return html`<label><span class="quiet">${label}</span><select name="${name}"><option value="">${label}: all</option>${options.map(
    (value, i) =>
      html`<option value="${value}"${value === chosen && trusted(' selected')}>${value}${i < options.length - 1 && more}</option>`,
  )}</select></label>`;
}

/** `?a=1&b=2` of what is there. */
function query(parts: Record<string, string | number | undefined>, before = ''): string {
  const params = new URLSearchParams(before);
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) params.set(name, String(value));
  return params.size > 0 ? `?${params}` : '';
}
