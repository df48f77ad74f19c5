/** The text part of a mail: written by hand, first in the message. */
import type { Fact, View } from './view.ts';

/** A view as plain text. */
export function textOf(view: View): string {
  const sections = [
    [view.headline, view.since],
    [view.cause],
    [view.link && `${view.link.label}: ${view.link.url}`],
    view.outlook.map(line),
    view.facts.map(line),
    view.lines.length > 0
      ? [`Last ${view.lines.length} log lines (UTC)`, ...view.lines.map((text) => `  ${text}`)]
      : [],
    ['-- ', 'KubeScribe sends this to the addresses in NOTIFY_TO.'],
  ];
  return `${sections
    .map((section) => section.filter(Boolean).join('\n'))
    .filter(Boolean)
    .join('\n\n')}\n`;
}

const line = ({ label, value, url }: Fact) => `${label}: ${value}${url ? `\n  ${url}` : ''}`;
