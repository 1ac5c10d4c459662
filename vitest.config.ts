import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: [] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-products.ts'],
    // Real processes, TLS and WASM on two slow cores that do other work beside: a bound that only a hang exceeds.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    allowOnly: false,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'dist/test-report.json' }]] : ['default'],
  },
});
