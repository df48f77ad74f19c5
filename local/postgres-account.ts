import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const CAP_DAC_OVERRIDE = 1n;
const CAP_DAC_READ_SEARCH = 2n;
const CAP_SETPCAP = 8n;

/** Who PostgreSQL runs as: it refuses root, so root lends it another account. */
export type Account = {
  own: (path: string) => void;
  command: (program: string, args: string[]) => { file: string; args: string[]; uid?: number; gid?: number };
};

/** Chooses the account that owns `dataDir`, else `postgres`, else `nobody`; for others than root themselves. */
export function chooseAccount(dataDir: string, programs: string[]): Account {
  if (process.getuid?.() !== 0) return { own: () => {}, command: (file, args) => ({ file, args }) };
  const { uid, gid } = ownerOf(dataDir) ?? passwdEntry('postgres') ?? passwdEntry('nobody') ?? noAccount();
  const own = (path: string) => chownSync(path, uid, gid);
  const barrier = [dataDir, ...programs]
    .map((path) => barrierFor(uid, path))
    .find((path) => path !== undefined);
  if (barrier === undefined) return { own, command: (file, args) => ({ file, args, uid, gid }) };
  const capability = searchCapability(barrier);
  // Without no_setuid_fixup access(2), by which initdb looks for its neighbours, would disregard the right.
  const as = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'];
  const setpriv = [...as, `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, '--'];
  return { own, command: (file, args) => ({ file: '/usr/bin/setpriv', args: [...setpriv, file, ...args] }) };
}

function ownerOf(dataDir: string): { uid: number; gid: number } | undefined {
  const stat = statSync(dataDir, { throwIfNoEntry: false });
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : undefined;
}

function passwdEntry(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((row) => row.startsWith(`${name}:`));
  const [, , uid, gid] = line ? line.split(':') : [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function noAccount(): never {
  throw new Error(
    'PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody". Make one of them.',
  );
}

/** The first folder above `path` that the account cannot pass, such as /root. */
function barrierFor(uid: number, path: string): string | undefined {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat && stat.uid !== uid && (stat.mode & 0o001) === 0) return folder;
  }
  return undefined;
}

// A checkout under /root is normal on a fresh server: the server process gets the right to pass folders, no more.
function searchCapability(barrier: string): string {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const holds = (capability: bigint) => ((held >> capability) & 1n) === 1n;
  if (existsSync('/usr/bin/setpriv') && holds(CAP_SETPCAP)) {
    if (holds(CAP_DAC_READ_SEARCH)) return 'dac_read_search';
    if (holds(CAP_DAC_OVERRIDE)) return 'dac_override';
  }
  throw new Error(
    `PostgreSQL cannot run as root, and its account cannot enter ${barrier}. Run as a normal user, ` +
      'or put the checkout and KUBESCRIBE_HOME in a folder that all may enter.',
  );
}
