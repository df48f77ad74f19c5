import { defineConfig } from 'vitest/config';

const SECOND = 1000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 4,
    testTimeout: 20 * SECOND,
    hookTimeout: 30 * SECOND,
    teardownTimeout: 15 * SECOND,
  },
});
