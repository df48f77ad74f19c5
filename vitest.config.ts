import { defineConfig } from 'vitest/config';

const SECOND = 1000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global-setup.ts'],
    setupFiles: ['test/setup/same-chance.ts'],
    pool: 'forks',
    maxWorkers: 4,
    // Nets for what hangs: a busy machine takes its time, and what has to be in time says so itself.
    testTimeout: 60 * SECOND,
    hookTimeout: 60 * SECOND,
    expect: { poll: { timeout: 30 * SECOND } },
    teardownTimeout: 15 * SECOND,
  },
});
