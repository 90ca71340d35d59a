import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** How long random tests are: 0 for as long as `npm test` may take. */
const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 0)
const fuzzSeed = Number(process.env['FUZZ_SEED'] ?? 20261124)

/** The Worker in workerd, with bindings beside those of wrangler.toml. */
async function workerWith(bindings: Readonly<Record<string, string>>, databases: string[] = []) {
  return cloudflareTest({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      d1Databases: databases,
      bindings: {
        ADMIN_TOKEN: 'admin-test-token',
        WEBHOOK_LOOPBACK: 'true',
        WEBHOOK_TIMEOUT: '1500',
        TEST_MIGRATIONS: await readD1Migrations('./drizzle'),
        ...bindings,
      },
    },
  })
}

const inWorkerd = {
  setupFiles: ['./test/support/worker.ts', './test/support/seed.ts'],
  globalSetup: ['./test/support/sink.ts'],
  provide: { fuzzSeed, fuzzRuns },
  testTimeout: 60_000,
}

/** Tests of pure modules and of running servers go in Node, everything else in workerd. */
export default defineConfig(async () => ({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/{scim,events}/**/*.test.ts'],
          setupFiles: ['./test/support/seed.ts'],
          provide: { fuzzSeed, fuzzRuns },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'running',
          include: ['test/{tooling,running,browser}/**/*.test.ts'],
          globalSetup: ['./test/support/build.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [await workerWith({})],
        test: { name: 'worker', include: ['test/worker/**/*.test.ts'], ...inWorkerd },
      },
      {
        plugins: [await workerWith({ NEW_TENANTS: 'DB_TWO' }, ['DB_TWO'])],
        test: {
          name: 'several databases',
          include: [
            'test/databases/**/*.test.ts',
            // The same surface once more, for tenants of a further database.
            'test/worker/{users,teams,bulk,lists,wall}.test.ts',
          ],
          ...inWorkerd,
        },
      },
    ],
  },
}))
