/** The HTML part of a mail: one column, inline styles, no images, colours that also hold on black. */
import type { Fact, View } from './view.ts';

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = 'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace';
const MUTED = 'opacity:0.7';
const tones = { bad: '#d9413b', good: '#2f9e5b' };

/** A view as an HTML document; every value in it is escaped. */
export function htmlOf(title: string, view: View): string {
  const colour = tones[view.tone];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title>
</head>
<body style="margin:0;padding:0;${FONT};font-size:16px;line-height:1.45">
<div style="display:none;max-height:0;overflow:hidden">${escaped(view.preheader)}</div>
<div style="max-width:600px;margin:0 auto;padding:20px 16px">
<div style="border-left:4px solid ${colour};padding-left:12px">
<h1 style="margin:0;font-size:20px;line-height:1.3;overflow-wrap:anywhere">${escaped(view.headline)}</h1>
${view.since ? `<p style="margin:4px 0 0;${MUTED}">${escaped(view.since)}</p>` : ''}
</div>
${view.cause ? `<p style="margin:16px 0;overflow-wrap:anywhere;${MONO};font-size:14px">${escaped(view.cause)}</p>` : ''}
${view.link ? button(view.link) : ''}
${list(view.outlook)}
<hr style="border:0;border-top:1px solid #888888;opacity:0.5;margin:16px 0">
${list(view.facts)}
${view.lines.length > 0 ? log(view.lines) : ''}
<p style="margin:24px 0 0;${MUTED};font-size:13px">KubeScribe sends this to the addresses in NOTIFY_TO.</p>
</div>
</body>
</html>
`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character]!);

const button = ({ label, url }: { label: string; url: string }) =>
  `<p style="margin:20px 0"><a href="${escaped(url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background-color:#2563eb;color:#ffffff;text-decoration:none;font-weight:600">${escaped(label)}</a></p>`;

function list(facts: readonly Fact[]): string {
  const rows = facts.map(({ label, value, url }) => {
    const shown = url
      ? `<a href="${escaped(url)}" style="color:#4f8ef7">${escaped(value)}</a>`
      : escaped(value);
    return `<p style="margin:6px 0;overflow-wrap:anywhere"><span style="${MUTED}">${escaped(label)}:</span> ${shown}</p>`;
  });
  return rows.join('\n');
}

const log = (
  lines: readonly string[],
) => `<p style="margin:16px 0 4px;${MUTED}">Last ${lines.length} log lines (UTC)</p>
<pre style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere;${MONO};font-size:12px;line-height:1.5">${escaped(lines.join('\n'))}</pre>`;
