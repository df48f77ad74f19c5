import { expect, test } from 'vitest';
import { html, markup } from '../../console/html.ts';

test('text is escaped, templates are not', () => {
  const inner = html`<b>${'<&>"\''}</b>`;

  expect(markup(html`<p>${inner}${[inner, 'x']}</p>`)).toBe(
    '<p><b>&lt;&amp;&gt;&quot;&#39;</b><b>&lt;&amp;&gt;&quot;&#39;</b>x</p>',
  );
});

test('what is absent leaves nothing', () => {
  expect(markup(html`<p>${null}${undefined}${false}${0}</p>`)).toBe('<p>0</p>');
});

test.each([
  ['\u0000\u001b[31m', '\u2400\u241b[31m'],
  ['\u007f\u0085', '\u2421\\u0085'],
  ['\u202eabc\u2066', '\\u202eabc\\u2066'],
  ['\ufeffa\u2028b', '\\ufeffa\\u2028b'],
  ['a\r\nb\tc', 'a\nb\tc'],
  ['\ud800', '\ufffd'],
])('%j acts no more and can be seen', (text, shown) => {
  expect(markup(html`${text}`)).toBe(shown);
});
