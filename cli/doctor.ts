import type { Command } from 'commander';
import { type Config, ConfigError, loadConfig } from '../lib/config.ts';
import { checkBackups } from './doctor/backups.ts';
import { checkDatabase } from './doctor/databases.ts';
import { checkDeclared } from './doctor/declared.ts';
import { type Finding, fail } from './doctor/finding.ts';
import { checkHome, checkNode, checkPackages } from './doctor/ground.ts';
import { checkGrowth } from './doctor/growth.ts';
import { checkBroker, checkMail, checkServer } from './doctor/network.ts';
import { checkPipelines } from './doctor/schedules.ts';
import { colour, print, printJson, type Shared, wantsJson } from './print.ts';
import { visible } from './visible.ts';

const NAMESPACE = 'kubescribe';

/** Adds `kubescribe doctor` to the program. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description('says what is wrong with the set-up and how to mend it; exit code 1 when something fails')
    .option(
      '--cluster [namespace]',
      "look at the cluster of kubectl's context, and from a pod in it, instead of at this machine",
    )
    .action(doctor);
}

async function doctor({ cluster }: { cluster?: true | string }, command: Command): Promise<void> {
  const asJson = wantsJson(command);
  const findings: Finding[] = [];
  const examined = cluster
    ? await atCluster(cluster === true ? NAMESPACE : cluster)
    : examine(command.optsWithGlobals<Shared>().url);
  for await (const finding of examined) {
    findings.push(finding);
    if (!asJson) printFinding(finding);
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  if (asJson) printJson({ ok: count('fail') === 0, findings });
  else print(`${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`);
  if (count('fail') > 0) process.exitCode = 1;
}

async function atCluster(namespace: string): Promise<AsyncGenerator<Finding>> {
  const { examineCluster } = await import('./doctor/cluster.ts');
  return examineCluster(namespace);
}

async function* examine(url: string | undefined): AsyncGenerator<Finding> {
  yield checkNode();
  yield checkPackages();
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield fail(error.message, 'mend these variables; the rest is looked at once they can be read');
    return;
  }
  yield checkHome(config);
  // Asked at once, told in order: what is away takes its whole patience to say so.
  const asked = [
    checkDatabase(config, 'runlog'),
    checkDatabase(config, 'report'),
    checkDatabase(config, 'prod'),
    checkPipelines(config.pipelines),
    checkDeclared(config),
    checkGrowth(config),
    checkBackups(config),
    checkServer(config, url).then((finding) => [finding]),
    checkBroker(config).then((finding) => [finding]),
    checkMail(config),
  ];
  for (const findings of asked) yield* await findings;
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function printFinding({ level, what, mend }: Finding): void {
  const how = mend ? `  — ${visible(mend)}` : '';
  print(`${colour(colours[level], level.padEnd(4))}  ${visible(what)}${how}`);
}
