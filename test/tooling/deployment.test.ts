/** `npm run deploy` from its question to its last words, with an account in place of Cloudflare. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { experimental_readRawConfig, type Unstable_RawConfig } from 'wrangler'
import { readCommandLine } from '../../scripts/deploy/command-line.ts'
import { addressIn, runDeployment } from '../../scripts/deploy/run.ts'
import { root } from '../../scripts/root.ts'
import { runWranglerIn } from '../../scripts/wrangler.ts'
import { jurisdictions } from '../../src/jurisdiction.ts'

const common = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig
const host = 'https://rollcall.acme.workers.dev'

interface Thing {
  name: string
  jurisdiction?: string | null
}

/** What a Cloudflare account has and was asked for, as wrangler tells it. */
class FakeAccount {
  readonly commands: string[] = []
  readonly files = new Map<string, Unstable_RawConfig>()
  readonly said: string[] = []
  questions = 0
  databases: Thing[] = []
  namespaces: Thing[] = []
  who: unknown = { loggedIn: true, accounts: [{ id: 'a1', name: 'Acme' }] }
  secrets: string[] = ['ADMIN_TOKEN']
  health: readonly (number | Error)[] = [200]
  readonly warned: string[] = []
  /** What the Worker of each try says of its secret; undefined for one that was deployed before. */
  strengths: readonly (string | undefined)[] = ['strong']
  #probe = ''

  async deploy(
    given: readonly string[] = [],
    answer?: boolean,
    config: Unstable_RawConfig = common,
  ): Promise<{ readonly code: number; readonly text: string }> {
    const wish = readCommandLine(given)
    if (!wish.ok) throw new Error(wish.error)
    let tries = 0
    const code = await runDeployment(
      {
        wrangler: (command) => Promise.resolve(this.#run(command)),
        say: (text) => this.said.push(text),
        ask:
          answer === undefined
            ? undefined
            : () => {
                this.questions += 1
                return Promise.resolve(answer)
              },
        write: async (file, written) => void this.files.set(file, written),
        warn: (text) => this.warned.push(text),
        fetch: (_, token) => {
          if (token !== undefined) return Promise.resolve(this.#answerTo(token))
          const status = this.health[Math.min(tries, this.health.length - 1)] ?? 200
          tries += 1
          return status instanceof Error
            ? Promise.reject(status)
            : Promise.resolve({ ok: status === 200, status, json: async () => ({}) })
        },
        wait: () => Promise.resolve(),
        accountId: undefined,
      },
      config,
      wish.value,
    )
    return { code, text: this.said.join('\n') }
  }

  /** The commands that change something. */
  get changes(): string[] {
    return this.commands.filter(
      (command) => !/^(whoami|d1 list|kv namespace list|secret list)/.test(command),
    )
  }

  #answerTo(token: string) {
    const [strength, ...later] = this.strengths
    if (later.length > 0) this.strengths = later
    const isAsked = token === this.#probe && strength !== undefined
    const body = isAsked ? { secrets: { ADMIN_TOKEN: strength } } : { status: 'ok' }
    return { ok: true, status: 200, json: async () => body }
  }

  #run(command: readonly string[]) {
    const [, probe] = / --var DEPLOYMENT:([0-9a-f]{64})\b/.exec(command.join(' ')) ?? []
    this.#probe = probe ?? this.#probe
    const text = command.join(' ').replace(/ --var DEPLOYMENT:\w+/, '')
    this.commands.push(text)
    const done = (output = '') => ({ code: 0, output, errors: '' })
    if (text.startsWith('whoami')) return done(`\n${JSON.stringify(this.who)}`)
    if (text.startsWith('d1 list')) {
      return done(JSON.stringify(this.databases.map((one) => ({ uuid: `id-${one.name}`, ...one }))))
    }
    if (text.startsWith('kv namespace list')) {
      const list = this.namespaces.map(({ name, ...more }) => ({
        id: `id-${name}`,
        title: name,
        ...more,
      }))
      return done(JSON.stringify(list))
    }
    if (text.startsWith('secret list')) {
      return done(JSON.stringify(this.secrets.map((name) => ({ name, type: 'secret_text' }))))
    }
    const jurisdiction = command[command.indexOf('--jurisdiction') + 1] ?? null
    if (text.startsWith('d1 create')) this.databases.push({ name: command[2] ?? '', jurisdiction })
    if (text.startsWith('kv namespace create')) {
      this.namespaces.push({ name: command[3] ?? '', jurisdiction })
    }
    if (text.startsWith('d1 migrations') && this.databases.length === 0) {
      return { code: 1, output: '', errors: "Couldn't find a D1 DB named 'rollcall'" }
    }
    if (text.startsWith('deploy')) {
      if (this.databases.length === 0) this.databases.push({ name: 'rollcall' })
      return done(
        `Uploaded rollcall\nDeployed rollcall triggers (1.2 sec)\n  ${host}\n  schedule: 17 3 * * *\n`,
      )
    }
    return done()
  }
}

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

  it('checks the address that wrangler tells, until it answers, and says what is next', async () => {
    const account = new FakeAccount()
    account.health = [new Error('not known yet'), 503, 200]
    account.secrets = []
    const { code, text } = await account.deploy([], true)
    expect(code).toBe(0)
    expect(text).toContain(`${host}/healthz answers 200`)
    expect(text).toContain('wrangler secret put ADMIN_TOKEN --name rollcall')
    expect(text).toContain(`npm run doctor -- ${host}`)
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
