/** Lines in files while RunLog is away: in their order, bounded, and found again by who comes after a crash. */
import { appendFile, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Line, saidNow } from './line.ts';
import { kept, readKept } from './spool-file.ts';

const MIB = 1024 * 1024;
/** A file that is larger is followed by another. */
const FILE = 8 * MIB;
/** What all files of a process may take together. */
const ALL = 256 * MIB;
/** Longer than any line. */
const PIECE = MIB;
const OWNER_ONLY = 0o600;

const NAME = /^(\d+)-([0-9a-f-]{36})-(\d{6})\.ndjson$/;

type File = {
  path: string;
  writer: string;
  number: number;
  bytes: number;
  /** How many are in it; of a file that another began nobody knows. */
  lines: number;
};

/** The oldest lines that are kept, of one writer; `torn` lines could not be read. */
type Piece = { writer: string; lines: Line[]; torn: number; bytes: number };

export type Spool = {
  /** Keeps lines behind all others; false when there is no room for them. */
  keep(lines: readonly Line[]): Promise<boolean>;
  /** The oldest that are kept; undefined when none are. */
  oldest(): Promise<Piece | undefined>;
  /** Lets go of what `oldest` gave. */
  done(piece: Piece): void;
};

/** Opens the files of a writer in a folder; nothing is touched before the first call. */
export function openSpool(folder: string, writer: string, most = ALL): Spool {
  const files: File[] = [];
  let found: Promise<void> | undefined;
  let next = 1;
  let total = 0;
  let read = 0;

  async function find(): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(folder)).sort()) {
      const file = await adopt(folder, name);
      if (file) files.push(file);
    }
    files.sort((a, b) => (a.writer === b.writer ? a.number - b.number : a.writer < b.writer ? -1 : 1));
    total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  const findOnce = () => {
    found ??= find().catch((error) => {
      found = undefined;
      throw error;
    });
    return found;
  };

  const roomy = (bytes: number): File => {
    const last = files.at(-1);
    if (last?.writer === writer && last.bytes + bytes <= FILE) return last;
    const name = `${process.pid}-${writer}-${String(next++).padStart(6, '0')}.ndjson`;
    const file = { path: join(folder, name), writer, number: next, bytes: 0, lines: 0 };
    files.push(file);
    return file;
  };

  function leave(file: File): number {
    files.shift();
    total -= file.bytes;
    read = 0;
    return file.lines;
  }

  return {
    async keep(lines) {
      await findOnce();
      const text = Buffer.from(lines.map(kept).join(''));
      if (total + text.length > most) return false;
      const file = roomy(text.length);
      await appendFile(file.path, text, { mode: OWNER_ONLY });
      file.bytes += text.length;
      file.lines += lines.length;
      total += text.length;
      return true;
    },
    async oldest() {
      await findOnce();
      for (let [file] = files; file; [file] = files) {
        const piece = await pieceOf(file.path, read).catch(() => undefined);
        // What cannot be read must not stand in the way of what comes after.
        if (!piece) return { writer: file.writer, lines: [], torn: leave(file), bytes: 0 };
        if (piece.length > 0)
          return { writer: file.writer, bytes: piece.length, ...readKept(piece.toString('utf8')) };
        await rm(file.path, { force: true });
        leave(file);
      }
      return undefined;
    },
    done(piece) {
      read += piece.bytes;
    },
  };
}

/** Takes over a file whose writer is dead: its process is gone, or is this one, which began after the file's last line. */
async function adopt(folder: string, name: string): Promise<File | undefined> {
  const [, owner, writer = '', number] = NAME.exec(name) ?? [];
  if (owner === undefined) return undefined;
  const path = join(folder, name);
  const own = join(folder, `${process.pid}-${writer}-${number}.ndjson`);
  try {
    const { mtimeMs, size } = await stat(path);
    if (Number(owner) === process.pid ? mtimeMs >= performance.timeOrigin : isAlive(Number(owner)))
      return undefined;
    await rename(path, own);
    const now = saidNow() / 1000;
    await utimes(own, now, now);
    return { path: own, writer, number: Number(number), bytes: size, lines: 0 };
  } catch {
    // Another process was faster.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Whole lines from a place on; at the very end also half of one. */
async function pieceOf(path: string, from: number): Promise<Buffer> {
  // Somebody may have taken it away.
  const file = await open(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  });
  if (!file) return Buffer.alloc(0);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, from);
    const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
    return buffer.subarray(0, end > 0 ? end : bytesRead);
  } finally {
    await file.close();
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
