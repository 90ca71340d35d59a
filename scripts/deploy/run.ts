/** `npm run deploy`, with its tools as parameters. */
import { randomBytes } from 'node:crypto'
import type { Unstable_RawConfig } from 'wrangler'
import { secretCommand } from '../../src/access/weak-secret.ts'
import {
  deploy,
  planTarget,
  type NamedBinding,
  type PlannedTarget,
  type Wrangler,
} from '../deployment.ts'
import type { Wish } from './command-line.ts'
import { decideResidence, makeMissing, readAccount, settle, type Residence } from './residence.ts'
import { findAccount } from './sign-in.ts'

export interface Tools {
  readonly wrangler: Wrangler
  readonly say: (text: string) => void
  /** Says it in red. */
  readonly warn: (text: string) => void
  /** False for no. Undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
  readonly write: (file: string, config: Unstable_RawConfig) => Promise<void>
  /** GET, with a bearer token if there is one. */
  readonly fetch: (url: string, token?: string) => Promise<Pick<Response, 'ok' | 'status' | 'json'>>
  readonly wait: (milliseconds: number) => Promise<void>
  /** The variable CLOUDFLARE_ACCOUNT_ID. */
  readonly accountId: string | undefined
}

const healthTries = 20
/** Tries until the Worker that was just published answers, and not the one before. */
const probeTries = 10
/** Milliseconds between two tries: a new address takes up to a minute to be known everywhere. */
const healthPause = 3_000

/** Answers the exit code. */
export async function runDeployment(
  tools: Tools,
  common: Unstable_RawConfig,
  wish: Wish,
): Promise<number> {
  const { say, wrangler } = tools
  const planned = planTarget(common, wish.environment)
  if (!planned.ok) return fail(planned.error)
  if (wish.isDryRun) {
    await writeConfig(tools, planned.value)
    return (await deploy(wrangler, planned.value.target, wish.more)).code
  }

  const account = await findAccount(wrangler, tools.accountId ?? common.account_id)
  if (!account.ok) return fail(account.error)
  const existing = await readAccount(wrangler)
  if (!existing) return fail('Wrangler cannot list the databases and namespaces of this account.')
  const wished = wish.jurisdiction ?? configured(planned.value)
  const residence = decideResidence(wished, planned.value.target, existing)
  if (!residence.ok) return fail(residence.error)

  say(describePlan(planned.value, residence.value, account.value, wish.more))
  if (tools.ask && !wish.isAgreed && !(await tools.ask('Go on? [y/N] '))) {
    say('Nothing was done.')
    return 1
  }

  const { jurisdiction } = residence.value
  const code = await makeMissing(wrangler, residence.value)
  if (code !== 0) return code
  const now = jurisdiction === undefined ? existing : await readAccount(wrangler)
  if (!now) return fail('Wrangler cannot list what it has just made.')
  const settled =
    jurisdiction === undefined ? planned.value : settle(planned.value, jurisdiction, now)
  await writeConfig(tools, settled)
  const probe = randomBytes(32).toString('hex')
  const more = ['--var', `DEPLOYMENT:${probe}`, ...wish.more]
  const published = await deploy(wrangler, settled.target, more)
  if (published.code !== 0) return published.code
  return finish(tools, settled, published.output, probe)

  function fail(sentence: string): number {
    say(sentence)
    return 1
  }
}

/** The variable JURISDICTION of the configuration; undefined when it is empty. */
function configured({ config, environment }: PlannedTarget): string | undefined {
  const part = environment === undefined ? config : config.env?.[environment]
  const value = part?.vars?.['JURISDICTION']
  return typeof value === 'string' && value !== '' ? value : undefined
}

async function writeConfig(
  { say, write }: Tools,
  { config, file, target }: PlannedTarget,
): Promise<void> {
  if (file === undefined) return
  await write(file, config)
  say(`Deploying ${target.worker} as ${file} says.`)
}

function describePlan(
  { target }: PlannedTarget,
  { jurisdiction, missingDatabases, missingNamespaces, warnings }: Residence,
  account: string | undefined,
  more: readonly string[],
): string {
  const place = jurisdiction === undefined ? '' : ` in the jurisdiction ${jurisdiction}`
  const isMissing = ({ binding }: { readonly binding: string }) =>
    missingDatabases.some((missing) => missing.binding === binding)
  // Without a jurisdiction the Worker's deployment makes what is missing.
  const isMadeLater = (database: { readonly binding: string }) =>
    jurisdiction === undefined && isMissing(database)
  const migrate = (database: NamedBinding) =>
    `apply ${isMissing(database) ? 'all' : 'new'} migrations to ${database.binding} (${database.name})`
  const steps = [
    ...missingDatabases.map(({ name }) => `make the D1 database ${name}${place}`),
    ...missingNamespaces.map(({ name, binding }) =>
      jurisdiction === undefined
        ? `make the KV namespace of ${binding}, unless the Worker has one`
        : `make the KV namespace ${name}${place}`,
    ),
    ...target.databases.filter((database) => !isMadeLater(database)).map(migrate),
    `publish the Worker ${target.worker}, its Durable Objects${place || ' without a jurisdiction'}`,
    ...target.databases.filter(isMadeLater).map(migrate),
    'check /healthz',
  ]
  return [
    `npm run deploy will${account === undefined ? '' : `, in the account ${account}`}:`,
    '',
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    '',
    ...warnings.map((warning) => `Note: ${warning}`),
    ...(more.length === 0 ? [] : [`Handed to wrangler deploy: ${more.join(' ')}`]),
  ].join('\n')
}

async function finish(
  tools: Tools,
  { target }: PlannedTarget,
  output: string,
  probe: string,
): Promise<number> {
  const { say } = tools
  const url = addressIn(output)
  const complaint = url === undefined ? undefined : await findComplaint(tools, url)
  if (url === undefined) {
    say('Published. Wrangler named no address: check https://HOST/healthz at your own one.')
  } else if (complaint === undefined) {
    say(`Published. ${url}/healthz answers 200.`)
  } else {
    say(
      `Published, but ${url}/healthz ${complaint}. The Worker's log says why: ` +
        `npx wrangler tail ${target.worker}`,
    )
  }
  if (url !== undefined && complaint === undefined) {
    await judgeSecret(tools, url, target.worker, probe)
  }
  say(await describeNext(tools, target.worker, target.parameters, url ?? 'https://HOST'))
  return complaint === undefined ? 0 : 1
}

/** The first address that wrangler says it has deployed to: a custom domain, or one of workers.dev. */
export function addressIn(output: string): string | undefined {
  const [, targets = ''] = /Deployed .* triggers[^\n]*\n([^]*)/.exec(output) ?? []
  const [, custom] = /^ *([\w.-]+) \(custom domain/m.exec(targets) ?? []
  if (custom !== undefined) return `https://${custom}`
  return /https:\/\/[\w.-]+/.exec(targets)?.[0]
}

/** Undefined once the Worker is ready; otherwise what it does in place of answering 200. */
async function findComplaint({ fetch, wait }: Tools, url: string): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const complaint = await fetch(`${url}/healthz`).then(
      ({ ok, status }) => (ok ? undefined : `answers ${status}`),
      (error: unknown) => `cannot be reached (${String(error)})`,
    )
    if (complaint === undefined || tries === healthTries) return complaint
    await wait(healthPause)
  }
}

/**
 * Says in red that the operator's secret can be guessed. Nobody can read a secret that was set; the Worker
 * tells of what strength it is to whoever has the text that it was just deployed with.
 */
async function judgeSecret(
  { fetch, wait, say, warn }: Tools,
  url: string,
  worker: string,
  probe: string,
): Promise<void> {
  for (let tries = 1; tries <= probeTries; tries += 1) {
    const answer = await fetch(`${url}/healthz`, probe)
      .then((response) => response.json())
      .catch(() => undefined)
    const { secrets }: { secrets?: Record<string, string> } = Object(answer)
    if (secrets?.['ADMIN_TOKEN'] === 'weak') {
      warn(
        'ADMIN_TOKEN can be guessed: fewer than 32 characters, or too few different ones. Make a random one: ' +
          secretCommand('ADMIN_TOKEN', worker),
      )
    }
    if (secrets) return
    await wait(healthPause)
  }
  say('Whether ADMIN_TOKEN can be guessed could not be seen: npm run doctor says it.')
}

async function describeNext(
  { wrangler }: Tools,
  worker: string,
  parameters: readonly string[],
  url: string,
): Promise<string> {
  const listed = await wrangler(['secret', 'list', ...parameters], true)
  const hasSecret = listed.code === 0 && listed.output.includes('"ADMIN_TOKEN"')
  const steps = [
    ...(hasSecret
      ? []
      : [`Make the operator's secret, and keep it: ${secretCommand('ADMIN_TOKEN', worker)}`]),
    `Check the deployment: ADMIN_TOKEN=… npm run doctor -- ${url}`,
    `Open ${url}/admin, make a tenant and its token.`,
  ]
  return ['', 'What is next:', '', ...steps.map((step, index) => `  ${index + 1}. ${step}`)].join(
    '\n',
  )
}
