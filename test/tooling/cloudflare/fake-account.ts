/** A Cloudflare account as wrangler tells of it, for tests that need no wrangler. */
import { join } from 'node:path'
import { experimental_readRawConfig, type Unstable_RawConfig } from 'wrangler'
import { readCommandLine } from '../../../scripts/deploy/command-line.ts'
import { runDeployment } from '../../../scripts/deploy/run.ts'
import { root } from '../../../scripts/root.ts'

export const common = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig
export const host = 'https://rollcall.acme.workers.dev'

interface Thing {
  name: string
  jurisdiction?: string | null
}

/** What a Cloudflare account has and was asked for, as wrangler tells it. */
export class FakeAccount {
  readonly commands: string[] = []
  readonly files = new Map<string, Unstable_RawConfig>()
  readonly said: string[] = []
  readonly told: string[] = []
  questions = 0
  /** Why the Worker cannot be built. */
  fault: string | undefined
  /** Commands that fail, as for a token that may not do them. */
  forbidden: RegExp | undefined
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
        remove: async (file) => void this.files.delete(file),
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
        progress: { tell: (line) => this.told.push(line), clear: () => undefined },
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
      (command) =>
        !/^(whoami|d1 list|kv namespace list|secret list|deploy.* --dry-run$)/.test(command),
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
    if (this.forbidden?.test(text)) return { code: 1, output: '', errors: 'Authentication error' }
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
    if (/^deploy.* --dry-run$/.test(text)) {
      return this.fault === undefined ? done() : { code: 1, output: '', errors: this.fault }
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
