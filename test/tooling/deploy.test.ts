/** Which commands a deployment runs, and on whose data. What it uploads: `upload.test.ts`. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { experimental_readRawConfig } from 'wrangler'
import { databasesOf, deploy, isSlug, planTarget, tenantConfig } from '../../scripts/deployment.ts'
import { readCommandLine } from '../../scripts/deploy/command-line.ts'
import { describeApplied, describeApplying, readApplied } from '../../scripts/deploy/migrations.ts'
import { root } from '../../scripts/root.ts'

const common = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig
const migrate = 'd1 migrations apply DB --remote'
const publish = (target = '') => `deploy${target} --var WORKER:rollcall`
const missing = "[ERROR] Couldn't find a D1 DB named 'rollcall' (bound as 'DB') in the API."
const unnamed =
  "[ERROR] Couldn't find an auto-provisioned D1 DB named 'rollcall-db' for binding 'DB'."

/** Deploys with answers in place of wrangler; an error text means that the command fails. */
async function run(
  answers: readonly string[],
  parameters: readonly string[] = [],
  more?: string[],
  databases: readonly string[] = ['DB'],
) {
  const commands: string[] = []
  const { code } = await deploy(
    (command) => {
      const errors = answers[commands.length] ?? ''
      commands.push(command.join(' '))
      return Promise.resolve({ code: errors === '' ? 0 : 1, output: '', errors })
    },
    {
      worker: 'rollcall',
      parameters,
      databases: databases.map((binding) => ({ binding, name: 'rollcall' })),
    },
    more,
  )
  return { code, commands }
}

describe('npm run deploy', () => {
  it('applies the migrations before the Worker that needs them', async () => {
    expect(await run([])).toEqual({ code: 0, commands: [migrate, publish()] })
  })

  it.each([missing, unnamed])('deploys first when there is no database yet: %s', async (text) => {
    expect(await run([text])).toEqual({ code: 0, commands: [migrate, publish(), migrate] })
  })

  it('leaves the Worker as it is when a migration fails', async () => {
    const { code, commands } = await run(['[ERROR] near "SELEC": syntax error'])
    expect(code).toBe(1)
    expect(commands).toEqual([migrate])
  })

  it('fails when the deployment fails, or the migrations after it', async () => {
    expect(await run(['', 'no'])).toEqual({ code: 1, commands: [migrate, publish()] })
    expect(await run([missing, 'no'])).toEqual({ code: 1, commands: [migrate, publish()] })
    expect((await run([missing, '', 'no'])).code).toBe(1)
  })

  it('applies the migrations to every database, and makes those that are missing first', async () => {
    const other = migrate.replace('DB', 'DB_EU')
    const both = ['DB', 'DB_EU']
    expect(await run([], [], [], both)).toEqual({ code: 0, commands: [migrate, other, publish()] })
    expect(await run(['', missing], [], [], both)).toEqual({
      code: 0,
      commands: [migrate, other, publish(), other],
    })
    expect(await run([missing, missing], [], [], both)).toEqual({
      code: 0,
      commands: [migrate, other, publish(), migrate, other],
    })
    expect(await run([missing, 'no'], [], [], both)).toEqual({
      code: 1,
      commands: [migrate, other],
    })
  })

  it('knows the databases from the configuration', () => {
    expect(databasesOf(common)).toEqual(['DB'])
    const further = [...(common.d1_databases ?? []), { binding: 'DB_EU' }]
    expect(databasesOf({ ...common, d1_databases: further })).toEqual(['DB', 'DB_EU'])
  })

  it('touches no database on a dry run', async () => {
    const { commands } = await run([], ['--env', 'acme'], ['--dry-run'])
    expect(commands).toEqual([`${publish(' --env acme')} --dry-run`])
  })

  it('names the same target in every command', async () => {
    const { commands } = await run([missing], ['--config', 'wrangler.acme.json'], ['--keep-vars'])
    const target = '--config wrangler.acme.json'
    expect(commands).toEqual([
      `${migrate} ${target}`,
      `${publish(` ${target}`)} --keep-vars`,
      `${migrate} ${target}`,
    ])
  })

  it.each([
    { given: ['--keep-vars'], more: ['--keep-vars'] },
    { given: ['--env', 'acme', '--keep-vars'], environment: 'acme', more: ['--keep-vars'] },
    { given: ['--keep-vars', '--env=acme'], environment: 'acme', more: ['--keep-vars'] },
    { given: ['-e', 'acme'], environment: 'acme', more: [] },
    { given: ['--env-file', 'x'], more: ['--env-file=x'] },
    { given: ['--jurisdiction', 'eu', '-y'], jurisdiction: 'eu', isAgreed: true, more: [] },
    { given: ['--dry-run'], isDryRun: true, more: ['--dry-run'] },
    { given: ['--button'], isButton: true, more: [] },
    { given: ['--var', 'A:1', '--var=B:2'], more: ['--var=A:1', '--var=B:2'] },
    {
      given: ['--compatibility-date', '2024-02-29', '--schedule=*/5 * * * *', '--old-asset-ttl=60'],
      more: ['--compatibility-date=2024-02-29', '--schedule=*/5 * * * *', '--old-asset-ttl=60'],
    },
  ])('reads the command line $given', ({ given, ...wish }) => {
    const none = { isAgreed: false, isDryRun: false, isButton: false }
    expect(readCommandLine(given)).toEqual({ ok: true, value: { ...none, ...wish } })
  })

  it.each([
    [['acme'], 'npm run deploy takes no "acme". A tenant\'s own Worker is --env acme.'],
    [['--jurisdiction', 'mars'], '--jurisdiction is one of eu, fedramp, us.'],
    [['--jurisdiction'], '--jurisdiction needs a value.'],
    [['--jurisdiction', 'eu', '--jurisdiction', 'us'], '--jurisdiction is given twice.'],
    [['--env'], '--env needs a value.'],
    [['--env='], '--env needs a value.'],
    [
      ['--env', '--keep-vars'],
      '--env needs a value; one that begins with "-" is written --env=VALUE.',
    ],
    [
      ['--keep-vars', 'acme'],
      'npm run deploy takes no "acme". An option with several values is written once for each.',
    ],
    [
      ['--var', 'A:1', 'B:2'],
      'npm run deploy takes no "B:2". An option with several values is written once for each.',
    ],
    [['--var', 'A'], '--var is NAME:VALUE.'],
    ...['2026-13-45', '2026-02-30', '9999-01-01', 'today', '2026-1-1'].map(
      (day): [string[], string] => [
        ['--compatibility-date', day],
        `--compatibility-date is "${day}"; it must be a day up to today, as YYYY-MM-DD.`,
      ],
    ),
    ...['--schedule', '--schedules', '--triggers'].map((name): [string[], string] => [
      [name, 'hourly'],
      `${name} is "hourly"; it must be a cron of five fields, such as "*/5 * * * *".`,
    ]),
    [['--old-asset-ttl', '1h'], '--old-asset-ttl is "1h"; it must be a whole number of seconds.'],
    [
      ['--var', 'JURISDICTION:us'],
      'npm run deploy takes no --var JURISDICTION: the plan decides it.',
    ],
    [['--dryrun'], "Unknown option '--dryrun'. Did you mean --dry-run?"],
    [['--dry-run=false'], "Option '--dry-run' does not take an argument."],
    [['--keep-var'], "Unknown option '--keep-var'. Did you mean --keep-vars?"],
    [['--version'], "Unknown option '--version'."],
    ...['--name', '--config', '--cwd', '--profile', '--dispatch-namespace'].flatMap((name) =>
      [[name, 'other'], [`${name}=other`], ['--keep-vars', name, 'other']].map(
        (given): [string[], string] => [
          given,
          `npm run deploy takes no ${name}: wrangler.toml names the Worker, and --env another one.`,
        ],
      ),
    ),
    [
      ['-c', 'x.toml'],
      'npm run deploy takes no --config: wrangler.toml names the Worker, and --env another one.',
    ],
  ])('refuses the command line %j', (given, error) => {
    expect(readCommandLine(given)).toEqual({ ok: false, error })
  })
})

describe('the target of npm run deploy', () => {
  it('is the common Worker without a name', () => {
    expect(planTarget(common, undefined)).toEqual({
      ok: true,
      value: {
        config: common,
        target: {
          worker: 'rollcall',
          parameters: [],
          databases: [{ binding: 'DB', name: 'rollcall' }],
          namespaces: [{ binding: 'TOKENS', name: 'rollcall-tokens' }],
        },
      },
    })
  })

  it('is the environment of wrangler.toml that has the name', () => {
    const staging = {
      d1_databases: [{ binding: 'DB', database_name: 'test' }, { binding: 'DB_EU' }],
      kv_namespaces: [{ binding: 'TOKENS', id: 'abc' }],
    }
    expect(planTarget({ ...common, env: { staging } }, 'staging')).toMatchObject({
      ok: true,
      value: {
        environment: 'staging',
        target: {
          worker: 'rollcall-staging',
          parameters: ['--env', 'staging'],
          databases: [
            { binding: 'DB', name: 'test' },
            { binding: 'DB_EU', name: 'rollcall-staging-db-eu' },
          ],
          namespaces: [{ binding: 'TOKENS', name: 'rollcall-staging-tokens', id: 'abc' }],
        },
      },
    })
  })

  it("is otherwise the tenant's own Worker, with a configuration of its own", () => {
    expect(planTarget(common, 'acme')).toEqual({
      ok: true,
      value: {
        target: {
          worker: 'rollcall-acme',
          parameters: ['--config', 'wrangler.rollcall-acme.json'],
          databases: [{ binding: 'DB', name: 'rollcall-acme' }],
          namespaces: [{ binding: 'TOKENS', name: 'rollcall-acme-tokens' }],
        },
        file: 'wrangler.rollcall-acme.json',
        config: tenantConfig(common, 'acme'),
      },
    })
  })

  it('is refused when no tenant can have the name', () => {
    expect(planTarget(common, '../x')).toEqual({
      ok: false,
      error:
        '--env takes the slug of a tenant: a to z, 0 to 9 and "-" (not at either end), 63 at most.',
    })
  })

  it('is refused when the name of the Worker would be no label of an address', () => {
    const planned = planTarget(common, 'a'.repeat(55))
    expect(!planned.ok && planned.error).toContain('64 characters, and its address takes 63')
    expect(planTarget(common, 'a'.repeat(54)).ok).toBe(true)
  })

  it("is a tenant's own Worker for a word that every object knows", () => {
    const planned = planTarget({ ...common, env: {} }, 'constructor')
    expect(planned).toMatchObject({ value: { target: { worker: 'rollcall-constructor' } } })
  })
})

describe("a tenant's own Worker", () => {
  it('shares no database, namespace, counter or address with the common one', () => {
    const own = tenantConfig(
      {
        ...common,
        routes: ['scim.example.com/*'],
        workers_dev: false,
        d1_databases: [
          { binding: 'DB', database_name: 'rollcall', database_id: 'common-id' },
          { binding: 'DB_EU', database_name: 'rollcall-eu', database_id: 'common-id' },
        ],
        vars: { NEW_TENANTS: 'DB_EU' },
        kv_namespaces: [{ binding: 'TOKENS', id: 'common-id' }],
        ratelimits: [{ name: 'R', namespace_id: '1001', simple: { limit: 1, period: 10 } }],
      },
      'acme',
    )
    expect(own).toMatchObject({
      name: 'rollcall-acme',
      vars: { TENANT: 'acme', NEW_TENANTS: 'DB' },
    })
    expect(own.d1_databases).toEqual([{ binding: 'DB', database_name: 'rollcall-acme' }])
    expect(own.kv_namespaces).toEqual([{ binding: 'TOKENS' }])
    expect(own.ratelimits?.[0]?.namespace_id).toMatch(/^[1-9]\d{6,9}$/)
    expect(JSON.stringify(own)).not.toMatch(/common-id|scim\.example|"1001"/)
    expect(own.workers_dev).toBeUndefined()
  })

  it('has counters that no other tenant and no other limit has', () => {
    const numbers = ['acme', 'other'].flatMap((tenant) =>
      (tenantConfig(common, tenant).ratelimits ?? []).map((limit) => limit.namespace_id),
    )
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers).not.toHaveLength(0)
  })

  it('is the common one in all else', () => {
    const changed = new Set(['name', 'vars', 'd1_databases', 'kv_namespaces', 'ratelimits'])
    const rest = Object.entries(common).filter(([key]) => !changed.has(key))
    expect(tenantConfig(common, 'acme')).toMatchObject(Object.fromEntries(rest))
  })

  it.each(['acme', 'a', '9-lives'])('may be named %s', (slug) => {
    expect(isSlug(slug)).toBe(true)
  })

  it.each(['', 'Acme', 'a_b', '../x', 'a b', '-', '-a', 'a-', 'a'.repeat(64)])(
    'may not be named "%s"',
    (slug) => {
      expect(isSlug(slug)).toBe(false)
    },
  )
})

describe('what wrangler prints about migrations', () => {
  const asked = '? About to apply 2 migration(s)\n'
  const table = (...states: string[]) =>
    states.map((state, index) => `│ 000${index}_some.sql │ ${state} │\n`).join('')

  it('is read as how many of how many are done', () => {
    expect(readApplied('')).toEqual({ done: 0, of: undefined, names: [] })
    expect(readApplied(asked)).toMatchObject({ done: 0, of: 2 })
    const half = asked + table('✅', '🕒️')
    expect(describeApplying(readApplied(half), 'DB')).toBe('DB: 1 of 2 migrations')
    const all = readApplied(half + table('✅', '✅'))
    expect(describeApplied(all)).toBe('Applied 2: 0000_some.sql to 0001_some.sql.')
  })

  it('is nothing new, or the one', () => {
    expect(describeApplied(readApplied('✅ No migrations to apply!'))).toBe('Nothing is new.')
    expect(describeApplied(readApplied(table('✅')))).toBe('Applied 0000_some.sql.')
  })
})
