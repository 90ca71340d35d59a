/** `npm run deploy`, with its tools as parameters. */
import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Unstable_RawConfig } from 'wrangler'
import { secretCommand } from '../../src/access/weak-secret.ts'
import { deploy, planTarget, unseen, type PlannedTarget } from '../deployment.ts'
import { findBuildFailure, runDry } from './build.ts'
import type { Wish } from './command-line.ts'
import { describeApplied, describeApplying, readApplied } from './migrations.ts'
import { describeOwn, describePlan, planSteps } from './plan.ts'
import { decideResidence, hasLeftover, makeMissing, readAccount, settle } from './residence.ts'
import { findAccount } from './sign-in.ts'
import type { Tools } from './tools.ts'
import { readLocation } from './variables.ts'

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
  const location = readLocation(planned.value)
  if (!location.ok) return fail(location.error)
  const own = describeOwn(planned.value, wish.environment)
  if (wish.isDryRun) {
    if (own !== undefined) say(own)
    return runDry(tools, planned.value, wish.more)
  }

  const account = await findAccount(wrangler, tools.accountId ?? common.account_id)
  if (!account.ok) return fail(account.error)
  const existing = await readAccount(wrangler)
  if (!existing.ok) return fail(existing.error)
  const wished = wish.jurisdiction ?? location.value.JURISDICTION
  const residence = decideResidence(wished, planned.value.target, existing.value)
  if (!residence.ok) return fail(residence.error)

  const unbuilt = await findBuildFailure(tools, planned.value, wish.more)
  if (unbuilt !== undefined)
    return fail(`${unbuilt}\n\nThe Worker cannot be built; nothing was done.`)

  const steps = planSteps(planned.value, residence.value)
  const notes = [...(own === undefined ? [] : [own]), ...residence.value.warnings]
  say(describePlan(steps, notes, account.value, wish.more))
  if (tools.ask && !wish.isAgreed && !(await tools.ask('Go on? [y/N] '))) {
    say('Nothing was done.')
    return 1
  }

  const { jurisdiction, missingDatabases } = residence.value
  const begin = (number: number) => say(`\n[${number}/${steps.length}] ${steps[number - 1]?.text}`)
  const failed = await makeMissing(wrangler, residence.value, (index) => begin(index + 1))
  if (failed) return fail(`${failed.output}${failed.errors}`.trim())
  const now = jurisdiction === undefined ? existing : await readAccount(wrangler)
  if (!now.ok) return fail(now.error)
  const isSettled =
    jurisdiction !== undefined || (await hasLeftover(wrangler, planned.value.target, now.value))
  const settled = isSettled ? settle(planned.value, jurisdiction, now.value) : planned.value
  await writeConfig(tools, settled)
  const probe = randomBytes(32).toString('hex')
  const more = ['--var', `DEPLOYMENT:${probe}`, ...wish.more]
  const published = await deploy(wrangler, settled.target, more, {
    missing: jurisdiction === undefined ? missingDatabases.map(({ binding }) => binding) : [],
    onStep: (step) => begin(steps.findIndex((one) => isDeepStrictEqual(one.step, step)) + 1),
    onMigrating: (database, output) =>
      tools.progress.tell(describeApplying(readApplied(output), database)),
    onMigrated: ({ code, output, errors }) => {
      tools.progress.clear()
      say(code === 0 ? describeApplied(readApplied(output)) : `${output}${errors}`.trim())
    },
  })
  if (published.code !== 0) return published.code
  begin(steps.length)
  return finish(tools, settled, published.output, probe)

  function fail(sentence: string): number {
    say(sentence)
    return 1
  }
}

async function writeConfig(
  { say, write }: Tools,
  { config, file, target }: PlannedTarget,
): Promise<void> {
  if (file === undefined) return
  await write(file, config)
  say(`Deploying ${target.worker} as ${file} says.`)
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
async function findComplaint(
  { fetch, wait, progress }: Tools,
  url: string,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const complaint = await fetch(`${url}/healthz`).then(
      ({ ok, status }) => (ok ? undefined : `answers ${status}`),
      (error: unknown) => `cannot be reached (${String(error)})`,
    )
    if (complaint === undefined || tries === healthTries) {
      progress.clear()
      return complaint
    }
    progress.tell(`${url}/healthz ${complaint}; try ${tries} of ${healthTries}`)
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
  const listed = await wrangler(['secret', 'list', ...parameters], unseen)
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
