import type { TestProject } from 'vitest/node';
import { startTestServer } from './test-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    server: string;
  }
}

/** One PostgreSQL for the whole run; tests clone its templates. */
export default async function setup(project: TestProject) {
  const server = await startTestServer();
  project.provide('server', server.url('postgres'));
  return server.stop;
}
