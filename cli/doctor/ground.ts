/** What everything stands on: Node, the packages, the data folder. */
import { mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, ROOT } from '../../lib/config.ts';
import { homeFolder } from '../place.ts';
import { reason } from '../unreachable.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const NODE = 24;

/** Node as the project needs it. */
export function checkNode(version: string = process.version): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major === NODE) return ok(`Node ${version.slice(1)}`);
  return fail(
    `Node ${version.slice(1)} runs this; KubeScribe needs ${NODE}`,
    'run `make install`, then start it as `npx kubescribe`, which takes the Node that came with it',
  );
}

/** Whether what is installed is what the lock file names. */
export function checkPackages(root: string = ROOT): Finding {
  const wanted = contents(join(root, 'package-lock.json'));
  const installed = contents(join(root, 'node_modules/.installed'));
  if (wanted === undefined) return fail('package-lock.json is missing', '`git checkout package-lock.json`');
  if (installed === undefined) {
    return warn('Packages were not installed by `make install`', 'run `make install`');
  }
  if (wanted === installed) return ok('Packages are those of package-lock.json');
  return warn('Packages are not those of package-lock.json: it has changed since', 'run `make install`');
}

/** Whether the data folder can be written, or made. */
export function checkHome(config: Config): Finding {
  const home = homeFolder(config);
  const mend = 'give it to this user, or set KUBESCRIBE_HOME to another folder';
  let folder = home;
  for (; ; folder = dirname(folder)) {
    try {
      if (!statSync(folder).isDirectory()) return fail(`${folder} is a file, not the data folder`, mend);
      break;
    } catch (error) {
      if (reason(error) !== 'ENOENT' || folder === dirname(folder)) {
        return fail(`The data folder ${home} cannot be reached (${reason(error)})`, mend);
      }
    }
  }
  try {
    rmdirSync(mkdtempSync(join(folder, '.doctor-')));
    return ok(folder === home ? `Data folder ${home}` : `Data folder ${home}, made at the first start`);
  } catch (error) {
    return fail(`The data folder ${home} cannot be written (${reason(error)})`, mend);
  }
}

function contents(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
