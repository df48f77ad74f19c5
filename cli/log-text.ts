/** Lines of the log for a terminal. */
import type { LogMessage } from '../client/log-streamer.ts';
import { type Colour, colour } from './print.ts';
import { visible, visibleLines } from './visible.ts';

const colours: Record<LogMessage['level'], Colour> = {
  error: 'red',
  warn: 'yellow',
  info: 'cyan',
  debug: 'dim',
};
const LONGEST_LEVEL = 5;

/** A line, whatever its metadata are. */
export type Line = Omit<LogMessage, 'metadata'> & { metadata?: unknown };

/** Says whose a line is: of a run the name of its task, of all logs the run. */
export type Whose = (line: Line) => string;

/** One line of the log, on as many lines as it has; those that go on cannot be taken for others. */
export function logText(line: Line, whose: Whose): string {
  const { level, timestamp, message, metadata } = line;
  const head = [
    colour('dim', visible(`${timestamp.slice(0, 10)} ${timestamp.slice(11, 23)}Z`)),
    colour(colours[level] ?? 'dim', visible(level).padEnd(LONGEST_LEVEL)),
  ];
  const who = visible(whose(line));
  const [first = '', ...rest] = visibleLines(message.trimEnd());
  const more =
    metadata && Object.keys(metadata).length > 0 ? colour('dim', visible(JSON.stringify(metadata))) : '';
  const begun = [...head, who !== '' && colour('bold', who), first, more].filter(Boolean).join('  ');
  return [begun, ...rest.map((text) => `${colour('dim', '    │')} ${text}`)].join('\n');
}
