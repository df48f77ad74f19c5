/** Forms that narrow a list down: what they ask for stands in the address of the page. */
import type * as z from 'zod';
import { HttpProblem } from '../lib/http/problem.ts';
import { type Html, html, trusted } from './html.ts';

type Field = { name: string; label: string };

/** Where a browser lets people choose a time, it gives one without a zone. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

/** The address of a page without the empty fields of its form, and its times in UTC. */
export function plainUrl(url: string): URL {
  const plain = new URL(url);
  for (const [name, value] of new URL(url).searchParams) {
    if (value.trim() === '') plain.searchParams.delete(name);
    else if (WITHOUT_ZONE.test(value))
      plain.searchParams.set(name, `${value}${value.length === 16 ? ':00' : ''}Z`);
  }
  return plain;
}

/** What such an address asks for. */
export function askedBy<T>(shape: z.ZodType<T>, { searchParams }: URL): { asked: T } | { fault: string } {
  const { data, error } = shape.safeParse(Object.fromEntries(searchParams));
  if (data !== undefined) return { asked: data };
  return {
    fault: error?.issues.map(({ path, message }) => `“${String(path[0])}”: ${message}`).join('; ') ?? '',
  };
}

/** The words of a fault in a cursor; what else went wrong goes on. */
export function faultOf(error: unknown): string {
  if (error instanceof HttpProblem && error.problem.status === 400) return error.message;
  throw error;
}

/** The form; what it asked for last stands in its fields. */
export const filterForm = (action: string, fields: readonly Html[]): Html =>
  html`<form class="card find" action="${action}">${fields}
<p><button>Find</button> <a href="${action}">Show all</a></p></form>`;

/** A field for words, with those that are likely. */
export const words = ({ name, label }: Field, query: URLSearchParams, likely: readonly string[] = []): Html =>
  html`<label>${label} <input name="${name}" value="${query.get(name) ?? ''}"${likely.length > 0 && html` list="of-${name}"`}>${
    likely.length > 0 &&
    html`<datalist id="of-${name}">${likely.map((one) => html`<option value="${one}">`)}</datalist>`
  }</label>`;

/** A field for a time. */
export function time({ name, label }: Field, query: URLSearchParams): Html {
  const at = new Date(query.get(name) ?? '');
  const value = Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 16);
  return html`<label>${label} <input type="datetime-local" name="${name}" value="${value}"></label>`;
}

/** A field for one of a few; what came by the address and is none of them can be kept. */
export function choice({ name, label }: Field, query: URLSearchParams, options: readonly string[]): Html {
  const given = query.get(name) ?? '';
  const all = given === '' || options.includes(given) ? options : [...options, given];
  const option = (value: string) => html`<option${value === given && trusted(' selected')}>${value}</option>`;
  return html`<label>${label} <select name="${name}"><option value="">any</option>${all.map(option)}</select></label>`;
}
