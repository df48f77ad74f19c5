import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { Shared } from './print.ts';
import { UsageError } from './usage-error.ts';

/** The program without its commands. */
export function createProgram(): Command {
  return new Command('kubescribe')
    .description('Asks for runs, looks at them, and says what is wrong with the set-up.')
    .version(packageJson.version)
    .addOption(
      new Option('-o, --output <format>', 'how results are printed; csv by `report`')
        .choices(['table', 'json', 'csv'])
        .default('table'),
    )
    .option('--url <url>', 'where KubeScribe answers (else PUBLIC_URL, else what `make run` started)', webUrl)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help for what is taken.')
    .showSuggestionAfterError()
    .exitOverride()
    .hook('preAction', (_program, command) => {
      if (command.optsWithGlobals<Shared>().output === 'csv' && command.name() !== 'report')
        throw new UsageError('Only `report` prints CSV.');
    });
}

/** An option that is a web address. */
export function webUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It begins with http:// or https://, such as http://localhost:8080.');
  }
  if (url.username || url.password) throw new InvalidArgumentError('It must hold no user and no password.');
  return text;
}

/** An option that is a whole number from 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}

/** An option that is a number of seconds above 0. */
export function seconds(text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(text) || Number(text) <= 0) {
    throw new InvalidArgumentError('Give a number of seconds above 0.');
  }
  return Number(text);
}

/** An option that is JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new InvalidArgumentError(`It is no JSON (${why}). Put it in single quotes: '{"days": 3}'.`);
  }
}

/** An option that is a JSON object. */
export function jsonObject(text: string): Record<string, unknown> {
  const value = json(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('It must be a JSON object, such as \'{"days": 3}\'.');
  }
  return { ...value };
}

/** An option that is a time; a day begins at midnight in UTC. */
export function instantOption(text: string): string {
  const time = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('Give a time such as 2026-11-21 or 2026-11-21T08:00:00Z.');
  }
  return time.toISOString();
}
