/** Schemas in words and examples, for people. */
import type { Schema } from './api-document.ts';
import { type Html, html } from './html.ts';

/** Text in which `…` is code. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;

const nameOf = (ref: string) => ref.split('/').at(-1) ?? ref;

/** `"a" | "b"`, `integer`, `RunRow[]`, linked to what is described below. */
export function typeWords(schema: Schema): Html {
  if (schema.$ref) return html`<a href="#schema-${nameOf(schema.$ref)}">${nameOf(schema.$ref)}</a>`;
  if (schema.anyOf) return html`${schema.anyOf.map((one, i) => [i > 0 && ' | ', typeWords(one)])}`;
  if (schema.enum) return html`${schema.enum.map((one) => JSON.stringify(one)).join(' | ')}`;
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`;
  if (schema.type === 'array' && schema.items) return html`${typeWords(schema.items)}[]`;
  return html`${schema.format ?? [schema.type ?? 'any JSON'].flat().join(' | ')}`;
}

/** The members of an object, each with its type and meaning; an object in it shows its own. */
export function members(schema: Schema): Html | false {
  const all = Object.entries(schema.properties ?? {});
  if (all.length === 0) return false;
  return html`<dl class="headers">${all.map(([name, member]) => {
    const inner = member.items?.properties ? member.items : member;
    const optional = !schema.required?.includes(name) && html` <span class="dim">optional</span>`;
    return html`<div><dt><code>${name}</code>${optional}</dt>
      <dd><code>${typeWords(member)}</code> ${prose(member.description ?? '')}${members(inner)}</dd></div>`;
  })}</dl>`;
}

/** What a value could be: the example that the contract gives, or one by its type. */
export function exampleOf(schema: Schema): unknown {
  const given = schema.examples?.[0] ?? schema.example ?? schema.const ?? schema.enum?.[0];
  if (given !== undefined) return given;
  if (schema.properties) {
    const needed = Object.entries(schema.properties).filter(([name]) => schema.required?.includes(name));
    return Object.fromEntries(needed.map(([name, member]) => [name, exampleOf(member)]));
  }
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  if (schema.type === 'boolean') return true;
  return schema.format === 'date-time' ? '2026-11-20T00:00:00Z' : 'text';
}
