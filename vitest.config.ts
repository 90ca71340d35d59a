import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { numberOf } from './scripts/usage/numbers.ts'
import { evaluatedBefore } from './test/support/evaluated-before.ts'

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
const fuzzRuns = numberOf('FUZZ_RUNS', { least: 0, most: 1_000_000, usual: 0 })
const fuzzSeed = numberOf('FUZZ_SEED', { least: 0, most: 2 ** 31, usual: 20_261_124 })

const source = fileURLToPath(new URL('src/', import.meta.url))

/** The Worker in workerd, with bindings beside those of wrangler.toml. */
async function workerWith(bindings: Readonly<Record<string, string>>, databases: string[] = []) {
  const inWorkerd = cloudflareTest({
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
  return [inWorkerd, evaluatedBefore(source)]
}

/**
 * Milliseconds after which a test, a hook or what a test waits for is taken to hang: so many that a
 * machine that is slow or busy fails nothing. No test may rely on them. A long random test has an hour.
 */
const longest = fuzzRuns > 0 ? 3_600_000 : 480_000
const patience = {
  testTimeout: longest,
  hookTimeout: longest,
  expect: { poll: { timeout: 240_000 } },
}

/**
 * Files at a time: one more than there are cores, since each waits a part of its time. Vitest itself would
 * leave a core free, which on two is half the machine. The number is the same for all projects, so that
 * the next one begins while the last files of one are running.
 */
const every = { maxWorkers: availableParallelism() + 1, ...patience }

const inWorkerd = {
  isolate: false,
  // What an alarm logs after its file has ended is sent by the runner, which then waits for it forever.
  disableConsoleIntercept: true,
  setupFiles: ['./test/support/worker.ts', './test/support/seed.ts'],
  globalSetup: ['./test/support/sink.ts'],
  provide: { fuzzSeed, fuzzRuns },
  ...every,
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
          ...every,
        },
      },
      {
        test: {
          name: 'running',
          include: [`test/${beside}/**/*.test.ts`],
          globalSetup: ['./test/support/build.ts'],
          ...every,
        },
      },
      {
        plugins: await workerWith({}),
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.node.test.ts', `test/${beside}/**`, 'test/several-databases/**'],
          ...inWorkerd,
        },
      },
      {
        plugins: await workerWith({ NEW_TENANTS: 'DB_TWO' }, ['DB_TWO']),
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
