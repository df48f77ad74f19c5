import { describe, expect, test } from 'vitest';
import { type TriggerFilter, wants } from '../../../local/eventing/filter.ts';

const event = { type: 'order.made', source: '/shop/berlin', id: '7', region: 'eu' };

describe('a Trigger wants an event by', () => {
  test.each<[string, boolean, TriggerFilter]>([
    ['no filter at all', true, {}],
    ['an empty filter', true, { attributes: {} }],
    ['an empty list of filters', true, { filters: [] }],
    ['an equal attribute', true, { attributes: { type: 'order.made' } }],
    ['all attributes', false, { attributes: { type: 'order.made', region: 'us' } }],
    ['an extension', true, { attributes: { region: 'eu' } }],
    ['any value of an attribute', true, { attributes: { region: '' } }],
    ['any value of a missing attribute', false, { attributes: { colour: '' } }],
    ['exact', true, { filters: [{ exact: { type: 'order.made' } }] }],
    ['exact, another value', false, { filters: [{ exact: { type: 'order' } }] }],
    ['exact, missing attribute', false, { filters: [{ exact: { colour: 'red' } }] }],
    ['exact of two attributes', false, { filters: [{ exact: { type: 'order.made', id: '8' } }] }],
    ['prefix', true, { filters: [{ prefix: { type: 'order.' } }] }],
    ['prefix, another', false, { filters: [{ prefix: { type: 'made' } }] }],
    ['suffix', true, { filters: [{ suffix: { source: 'berlin' } }] }],
    ['suffix, another', false, { filters: [{ suffix: { source: 'paris' } }] }],
    ['all', true, { filters: [{ all: [{ prefix: { type: 'order' } }, { exact: { region: 'eu' } }] }] }],
    [
      'all but one',
      false,
      { filters: [{ all: [{ prefix: { type: 'order' } }, { exact: { region: 'us' } }] }] },
    ],
    ['any', true, { filters: [{ any: [{ exact: { region: 'us' } }, { exact: { region: 'eu' } }] }] }],
    ['any of none', false, { filters: [{ any: [{ exact: { region: 'us' } }] }] }],
    ['not', true, { filters: [{ not: { exact: { region: 'us' } } }] }],
    ['not, which holds', false, { filters: [{ not: { exact: { region: 'eu' } } }] }],
    ['not of a missing attribute', true, { filters: [{ not: { exact: { colour: 'red' } } }] }],
    [
      'several filters, all of them',
      false,
      { filters: [{ exact: { region: 'eu' } }, { exact: { id: '8' } }] },
    ],
    [
      'filters, which win over attributes',
      true,
      { attributes: { type: 'none' }, filters: [{ exact: { id: '7' } }] },
    ],
  ])('%s: %s', (_, expected, filter) => {
    expect(wants(filter, event)).toBe(expected);
  });
});
