/** Every door of the HTTP API: what the OpenAPI document is written from, and answers in tests are checked by. */
import { listAudit } from './audit.ts';
import { listRuns } from './list-runs.ts';

export const operations = [listRuns, listAudit] as const;
