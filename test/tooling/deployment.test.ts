/** `npm run deploy` from its question to its last words, with an account in place of Cloudflare. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { addressIn } from '../../scripts/deploy/run.ts'
import { root } from '../../scripts/root.ts'
import { runWranglerIn } from '../../scripts/wrangler.ts'
import { jurisdictions } from '../../src/object-location.ts'
import { common, FakeAccount, host } from './cloudflare/fake-account.ts'

describe('the secret of a Worker that npm run deploy has published', () => {
  it('is called weak in red, with the command that makes one', async () => {
    const account = new FakeAccount()
    account.strengths = [undefined, 'weak']
    const { code } = await account.deploy()
    expect(code).toBe(0)
    expect(account.warned).toEqual([
      expect.stringMatching(
        /^ADMIN_TOKEN can be guessed.*openssl rand -hex 32 .* wrangler secret put ADMIN_TOKEN --name rollcall$/,
      ),
    ])
  })

  it.each(['strong', 'missing'])('is no alarm when it is %s', async (strength) => {
    const account = new FakeAccount()
    account.strengths = [strength]
    expect((await account.deploy()).text).not.toContain('could not be seen')
    expect(account.warned).toEqual([])
  })

  it('is left to the doctor when the Worker does not tell', async () => {
    const account = new FakeAccount()
    account.strengths = [undefined]
    expect((await account.deploy()).text).toContain('npm run doctor says it')
  })
})

describe('npm run deploy', () => {
  it('says what it will do, asks, and does nothing without a yes', async () => {
    const account = new FakeAccount()
    const { code, text } = await account.deploy([], false)
    expect(code).toBe(1)
    expect(account.questions).toBe(1)
    expect(account.changes).toEqual([])
    expect(text).toContain('npm run deploy will, in the account Acme:')
    expect(text).toContain('make the D1 database rollcall')
    expect(text).toContain('apply all migrations to DB (rollcall)')
    expect(text).toContain('publish the Worker rollcall')
  })

  it.each([
    ['with --yes', ['--yes'], false],
    ['without anybody to ask', [], undefined],
  ])('asks nothing %s', async (_, given, answer) => {
    const account = new FakeAccount()
    expect((await account.deploy(given, answer)).code).toBe(0)
    expect(account.questions).toBe(0)
    expect(account.changes).toContain('deploy --var WORKER:rollcall')
  })

  it('asks nobody and changes nothing when the Worker cannot be built with the options', async () => {
    for (const given of [
      ['--tsconfig', 'none'],
      ['--env', 'acme', '--tsconfig', 'none'],
    ]) {
      const account = new FakeAccount()
      account.fault = 'Could not find none'
      const { code, text } = await account.deploy(given, true)
      expect([code, account.questions, account.changes]).toEqual([1, 0, []])
      expect(account.commands.at(-1)).toMatch(/^deploy .*--tsconfig=none --dry-run$/)
      expect([...account.files.keys()]).toEqual([])
      expect(text).toBe('Could not find none\n\nThe Worker cannot be built; nothing was done.')
    }
  })

  it('checks the address that wrangler tells, until it answers, and says what is next', async () => {
    const account = new FakeAccount()
    account.health = [new Error('not known yet'), 503, 200]
    account.secrets = []
    const { code, text } = await account.deploy([], true)
    expect(code).toBe(0)
    expect(text).toContain(`${host}/healthz answers 200`)
    expect(account.told).toEqual([
      'building the Worker',
      `${host}/healthz cannot be reached (Error: not known yet); try 1 of 20`,
      `${host}/healthz answers 503; try 2 of 20`,
    ])
    expect(text).toContain('wrangler secret put ADMIN_TOKEN --name rollcall')
    expect(text).toContain(`npm run doctor -- ${host}`)
  })

  it('says at each step which one of the plan it is', async () => {
    const fresh = new FakeAccount()
    const first = (await fresh.deploy()).text
    const steps = (text: string) => [...text.matchAll(/^\[\d.*$/gm)].map(([line]) => line)
    expect(steps(first)).toEqual([
      '[3/5] publish the Worker rollcall, its Durable Objects without a jurisdiction',
      '[4/5] apply all migrations to DB (rollcall)',
      '[5/5] check /healthz',
    ])
    expect(fresh.changes).toEqual([
      'deploy --var WORKER:rollcall',
      'd1 migrations apply DB --remote',
    ])
    fresh.said.length = 0
    expect(steps((await fresh.deploy()).text)).toEqual([
      '[2/4] apply new migrations to DB (rollcall)',
      '[3/4] publish the Worker rollcall, its Durable Objects without a jurisdiction',
      '[4/4] check /healthz',
    ])
  })

  it('says which hosts it takes over, those of an environment as well', async () => {
    const account = new FakeAccount()
    const routes = [{ pattern: 'scim.example.com', custom_domain: true }]
    const env = { staging: {}, test: { routes: [] } }
    const config = { ...common, routes, env }
    const taken = 'at scim.example.com in place of what is there now'
    expect((await account.deploy([], false, config)).text).toContain(taken)
    expect((await account.deploy(['--env', 'staging'], false, config)).text).toContain(taken)
    for (const name of ['test', 'acme']) {
      account.said.length = 0
      const { text } = await account.deploy(['--env', name], false, config)
      expect(text).not.toContain('in place of')
    }
  })

  it.each([[[]], [['--dry-run']]])(
    'says with %j whether a name is an environment or a tenant',
    async (more) => {
      const account = new FakeAccount()
      const config = { ...common, env: { staging: {} } }
      const own =
        'wrangler.toml has no [env.acme]: rollcall-acme is a Worker of its own for the tenant acme alone.'
      expect(
        (await account.deploy(['--env', 'staging', ...more], true, config)).text,
      ).not.toContain('of its own')
      expect((await account.deploy(['--env', 'acme', ...more], true, config)).text).toContain(own)
    },
  )

  it('knows a database by the id that the configuration has, whatever its name is', async () => {
    const account = new FakeAccount()
    account.databases = [{ name: 'named-in-the-button' }]
    const [database = { binding: 'DB' }] = common.d1_databases ?? []
    const config = {
      ...common,
      d1_databases: [{ ...database, database_id: 'id-named-in-the-button' }],
    }
    const { text } = await account.deploy([], true, config)
    expect(text).not.toContain('make the D1 database')
    expect(account.changes).toEqual([
      'd1 migrations apply DB --remote',
      'deploy --var WORKER:rollcall',
    ])
  })

  it('asks for no secret where there is one', async () => {
    const account = new FakeAccount()
    expect((await account.deploy()).text).not.toContain('secret put')
  })

  it('fails when the Worker does not become healthy', async () => {
    const account = new FakeAccount()
    account.health = [503]
    const { code, text } = await account.deploy()
    expect(code).toBe(1)
    expect(text).toContain(`${host}/healthz answers 503`)
    expect(text).toContain('What is next')
  })

  it('says how to sign in, and asks Cloudflare for nothing else', async () => {
    const account = new FakeAccount()
    account.who = { loggedIn: false }
    const { code, text } = await account.deploy()
    expect(code).toBe(1)
    expect(text).toContain('npx wrangler login')
    expect(account.commands).toEqual(['whoami --json'])
  })

  it.each([/^d1 list/, /^kv namespace list/])(
    'says what a token lacks that may not do %s, and does nothing',
    async (forbidden) => {
      const account = new FakeAccount()
      account.forbidden = forbidden
      const { code, text } = await account.deploy()
      expect(code).toBe(1)
      expect(text).toMatch(/^Authentication error\n[^]*needs "D1: edit"/)
      expect(account.changes).toEqual([])
    },
  )

  it('takes none of several accounts by itself', async () => {
    const account = new FakeAccount()
    account.who = {
      loggedIn: true,
      accounts: [
        { id: 'a1', name: 'Acme' },
        { id: 'b2', name: 'Beta' },
      ],
    }
    const { code, text } = await account.deploy()
    expect(code).toBe(1)
    expect(text).toMatch(/CLOUDFLARE_ACCOUNT_ID[^]*b2 {2}Beta/)
    const chosen = await account.deploy([], undefined, { ...common, account_id: 'b2' })
    expect(chosen.code).toBe(0)
    expect(chosen.text).toContain('in the account Beta')
  })

  it('hints at the secret of the Worker that it deployed', async () => {
    const account = new FakeAccount()
    account.secrets = []
    const { text } = await account.deploy(['--env', 'acme'])
    expect(text).toContain('secret put ADMIN_TOKEN --name rollcall-acme')
    expect(account.changes.at(-1)).toMatch(/WORKER:rollcall-acme|d1 migrations/)
  })
})

describe('npm run deploy -- --jurisdiction eu', () => {
  it('makes the database and the namespace there before the first deployment', async () => {
    const account = new FakeAccount()
    const { code, text } = await account.deploy(['--jurisdiction', 'eu'], true)
    expect(code).toBe(0)
    const target = '--config wrangler.rollcall.json'
    expect(account.changes).toEqual([
      'd1 create rollcall --jurisdiction eu --update-config=false',
      'kv namespace create rollcall-tokens --jurisdiction eu --update-config=false',
      `d1 migrations apply DB --remote ${target}`,
      `deploy ${target} --var WORKER:rollcall`,
    ])
    expect(account.files.get('wrangler.rollcall.json')).toMatchObject({
      name: 'rollcall',
      vars: { JURISDICTION: 'eu', TENANT: '' },
      kv_namespaces: [{ binding: 'TOKENS', id: 'id-rollcall-tokens' }],
    })
    expect(text).toContain('its Durable Objects in the jurisdiction eu')
  })

  it.each([
    ['a database without a jurisdiction', [{ name: 'rollcall', jurisdiction: null }], []],
    ['a database in another one', [{ name: 'rollcall', jurisdiction: 'us' }], []],
    ['a namespace without one', [], [{ name: 'rollcall-tokens' }]],
    [
      'a namespace elsewhere beside the right database',
      [{ name: 'rollcall', jurisdiction: 'eu' }],
      [{ name: 'rollcall-tokens', jurisdiction: 'fedramp' }],
    ],
  ])('changes nothing where there is %s', async (_, databases, namespaces) => {
    const account = new FakeAccount()
    account.databases = databases
    account.namespaces = namespaces
    const { code, text } = await account.deploy(['--jurisdiction', 'eu', '--yes'])
    expect(code).toBe(1)
    expect(account.changes).toEqual([])
    expect(text).toMatch(/exists (without a jurisdiction|in the jurisdiction \w+), not in eu\./)
  })

  it('is remembered by the database: the next deployment needs no option', async () => {
    const account = new FakeAccount()
    account.databases = [{ name: 'rollcall', jurisdiction: 'eu' }]
    account.namespaces = [{ name: 'rollcall-tokens', jurisdiction: 'eu' }]
    expect((await account.deploy()).code).toBe(0)
    expect(account.files.get('wrangler.rollcall.json')?.vars?.['JURISDICTION']).toBe('eu')
    expect(account.changes).not.toContainEqual(expect.stringContaining('create'))
  })

  it('is refused when the configuration wants one and the database is elsewhere', async () => {
    const account = new FakeAccount()
    account.databases = [{ name: 'rollcall', jurisdiction: 'eu' }]
    const wanting = { ...common, vars: { ...common.vars, JURISDICTION: 'us' } }
    expect((await account.deploy([], true, wanting)).code).toBe(1)
    expect(account.changes).toEqual([])
  })

  it.each([
    ['JURISDICTION', 'EU', 'eu, fedramp, us'],
    ['LOCATION_HINT', 'WEUR', 'wnam, enam, sam, weur'],
  ])('is refused before anything is asked when %s is %s', async (name, value, known) => {
    const account = new FakeAccount()
    const wrong = { ...common, vars: { ...common.vars, [name]: value } }
    for (const given of [[], ['--dry-run']]) {
      const { code, text } = await account.deploy(given, true, wrong)
      expect(code).toBe(1)
      expect(text).toContain(`${name} is "${value}" in [vars]; it may be ${known}`)
    }
    expect(account.commands).toEqual([])
  })

  it("leaves other databases and namespaces of the account alone, and a tenant's own as well", async () => {
    const account = new FakeAccount()
    account.databases = [{ name: 'rollcall', jurisdiction: null }]
    const { code } = await account.deploy(['--env', 'acme', '--jurisdiction', 'eu'])
    expect(code).toBe(0)
    expect(account.changes[0]).toBe(
      'd1 create rollcall-acme --jurisdiction eu --update-config=false',
    )
    expect(account.files.get('wrangler.rollcall-acme.json')).toMatchObject({
      vars: { JURISDICTION: 'eu', TENANT: 'acme' },
    })
  })

  it('holds for an environment of wrangler.toml', async () => {
    const account = new FakeAccount()
    const staging = {
      d1_databases: [{ binding: 'DB', database_name: 'test' }],
      kv_namespaces: [{ binding: 'TOKENS' }],
    }
    const config = { ...common, env: { staging } }
    const given = ['--env', 'staging', '--jurisdiction', 'eu']
    expect((await account.deploy(given, undefined, config)).code).toBe(0)
    expect(account.changes.at(-1)).toBe(
      'deploy --config wrangler.rollcall-staging.json --env staging --var WORKER:rollcall-staging',
    )
    expect(account.files.get('wrangler.rollcall-staging.json')?.env?.['staging']).toMatchObject({
      vars: { JURISDICTION: 'eu' },
      kv_namespaces: [{ binding: 'TOKENS', id: 'id-rollcall-staging-tokens' }],
    })
  })
})

describe('the installed wrangler', () => {
  it.each([
    [
      ['d1', 'create'],
      ['--jurisdiction', '--update-config'],
    ],
    [
      ['kv', 'namespace', 'create'],
      ['--jurisdiction', '--update-config'],
    ],
    [['d1', 'list'], ['--json']],
    [['whoami'], ['--json']],
    [['secret', 'put'], ['--name']],
    [['deploy'], ['--var', '--dry-run']],
  ])('has the options that %j is given', async (command, options) => {
    const help = await runWranglerIn(root, ...command, '--help')
    for (const option of options) expect(help).toContain(option)
    if (command[0] === 'd1' && command[1] === 'create') {
      const [, choices = ''] = /choices: ("eu".*)\]/.exec(help) ?? []
      expect(choices.split(', ').map((choice) => choice.replaceAll('"', ''))).toEqual([
        ...jurisdictions,
      ])
    }
  })
})

describe('the address of a deployment', () => {
  it.each([
    [`Deployed rollcall triggers (1 sec)\n  ${host}\n`, host],
    [
      `Deployed rollcall triggers (1 sec)\n  scim.example.com (custom domain)\n  ${host}\n`,
      'https://scim.example.com',
    ],
    ['Deployed rollcall triggers (1 sec)\n  schedule: 17 3 * * *\n', undefined],
    ['See https://developers.cloudflare.com\n', undefined],
  ])('is read out of %j', (output, address) => {
    expect(addressIn(output)).toBe(address)
  })
})

describe('the command itself', () => {
  async function run(...given: string[]) {
    const home = await mkdtemp(join(tmpdir(), 'rollcall-home-'))
    const environment = {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_CONFIG_HOME: home,
      NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false',
    }
    try {
      const parameters = [join(root, 'scripts', 'deploy.ts'), ...given]
      const ended = await promisify(execFile)(process.execPath, parameters, { env: environment })
      return { code: 0, ...ended }
    } catch (error) {
      return error as { readonly code: number; readonly stdout: string; readonly stderr: string }
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  }

  it.each(['--help', '-h'])('explains itself with %s, and deploys nothing', async (option) => {
    const { code, stdout } = await run('--env', 'acme', option)
    expect(code).toBe(0)
    expect(stdout).toContain('--jurisdiction NAME')
  })

  it('says how to sign in when wrangler knows nobody', async () => {
    const { code, stdout } = await run()
    expect(code).toBe(1)
    expect(stdout).toContain('npx wrangler login')
  })

  it('ends with 2 for a wrong command line', async () => {
    expect((await run('--jurisdiction', 'mars')).code).toBe(2)
  })
})
