import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * The name of a test file says where it runs, and its folder what it tells: the folders of `test`
 * are the rooms of `src`, and a test of the whole Worker lies beside them.
 *
 * - `*.test.ts` runs in workerd, with D1, KV and Durable Objects (project `worker`);
 * - `*.node.test.ts` needs none of them and runs in Node (project `pure`);
 * - `running`, `browser` and `tooling` run in Node, beside a gateway that runs as `npm run dev` does,
 *   a Chromium, or the commands of this repository (project `running`);
 * - `several-databases` runs in workerd with a second database (project `several databases`).
 */

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
        ADMIN_TOKEN: 'admin-test-token-5f0c1d7e9a3b8264',
        WEBHOOK_LOOPBACK: 'true',
        WEBHOOK_TIMEOUT: '5000',
        TEST_MIGRATIONS: await readD1Migrations('./drizzle'),
        ...bindings,
      },
    },
  })
}

/**
 * Milliseconds after which a test, a hook or what a test waits for is taken to hang: so many that a
 * machine that is slow or busy fails nothing. No test may rely on them.
 */
const patience = {
  testTimeout: 900_000,
  hookTimeout: 900_000,
  expect: { poll: { timeout: 300_000 } },
}

const inWorkerd = {
  isolate: false,
  setupFiles: ['./test/support/worker.ts', './test/support/seed.ts'],
  globalSetup: ['./test/support/sink.ts'],
  provide: { fuzzSeed, fuzzRuns },
  ...patience,
}

/** The folders whose tests look at a gateway, a browser or a command from outside. */
const beside = '{running,browser,tooling}'

export default defineConfig(async () => ({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.node.test.ts'],
          setupFiles: ['./test/support/seed.ts'],
          isolate: false,
          provide: { fuzzSeed, fuzzRuns },
          ...patience,
        },
      },
      {
        test: {
          name: 'running',
          include: [`test/${beside}/**/*.test.ts`],
          globalSetup: ['./test/support/build.ts'],
          ...patience,
        },
      },
      {
        plugins: [await workerWith({})],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.node.test.ts', `test/${beside}/**`, 'test/several-databases/**'],
          ...inWorkerd,
        },
      },
      {
        plugins: [await workerWith({ NEW_TENANTS: 'DB_TWO' }, ['DB_TWO'])],
        test: {
          name: 'several databases',
          include: [
            'test/several-databases/**/*.test.ts',
            // The same surface once more, for tenants of a further database.
            'test/{users/users,teams/teams,provisioning/bulk,directory/lists,wall,token-endpoint/secrets,admin/prove}.test.ts',
          ],
          ...inWorkerd,
        },
      },
    ],
  },
}))
