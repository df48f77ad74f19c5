/** The report database as people read it: by a login that can only read, and never by many at once. */
import type { Pool } from 'pg';
import { openReading } from '../db/connect.ts';

const SECOND = 1000;
/** Below the 60 s of a request, so that the server ends it and not the platform. */
const DOWNLOAD = 50 * SECOND;

export type Reports = {
  /** For pages, which are short. */
  pages: Pool;
  /** For whole tables, which take long: they never keep pages waiting. */
  downloads: Pool;
  close(): Promise<void>;
};

/** Nothing connects before the first query. */
export function openReports(url: string, name: string): Reports {
  const pages = openReading(url, { name });
  const downloads = openReading(url, {
    name: `${name} download`,
    max: 2,
    statementTimeout: DOWNLOAD,
    streams: true,
  });
  return {
    pages,
    downloads,
    async close() {
      await Promise.all([pages.end(), downloads.end()]);
    },
  };
}
