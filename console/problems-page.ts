/** Where the `type` of a problem leads: what it means, and what to do. */
import { problems } from '../lib/contract/problems.ts';
import { prose } from './api-schema.ts';
import { html } from './html.ts';
import { pageResponse } from './page.ts';

const slug = (title: string) => title.toLowerCase().replaceAll(/[^a-z]+/g, '-');

/** All problems, or the one of a name; undefined when there is no such. */
export function problemsPage(local: boolean, name?: string): Response | undefined {
  const all = Object.entries(problems).filter(([title]) => name === undefined || slug(title) === name);
  const [first] = all;
  if (!first) return undefined;
  const body = html`
    <h1>${name === undefined ? 'Problems' : first[0]}</h1>
    ${name !== undefined && html`<p class="api"><a href="/problems">All problems</a></p>`}
    ${all.map(
      ([title, { status, means, mend }]) => html`<section class="card" id="${slug(title)}">
        ${name === undefined && html`<h3><a href="/problems/${slug(title)}">${title}</a></h3>`}
        <p class="dim">${status}</p><p>${prose(means)}</p><p><b>What to do:</b> ${prose(mend)}</p></section>`,
    )}`;
  return pageResponse({ title: name === undefined ? 'Problems' : first[0], local, body });
}
