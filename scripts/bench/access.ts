/**
 * Requests with an access token of an OAuth client, beside the same with a bearer token: what each costs
 * D1, and in turns the rate and the processor time.
 */
import { holdsNothing, newTenant, operator } from '../../test/support/tenant.ts'
import { SignIns } from '../crash/sign-ins.ts'
import { median } from '../percentile.ts'
import { Progress } from '../progress.ts'
import { countRows } from './count-rows.ts'
import { loadWorker, type Worker } from './in-process.ts'
import { measure, type Call, type Measured, type Runs } from './load.ts'
import type { Measurement } from './measured.ts'
import { numbered, prepareOperations } from './operations.ts'
import { row } from './table.ts'

interface Load extends Runs {
  /** Process of the runtime, where that can be told. */
  readonly server: number | undefined
}

const measured: ReadonlySet<string> = new Set(['GET user', 'PATCH user', 'PATCH one member'])

export async function compareTokens(
  { buildDirectory, gateway }: Measurement,
  adminToken: string,
  load: Load,
): Promise<void> {
  const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
  const operations = await prepareOperations(scim, load.clients)
  const admin = operator(fetch, gateway.url, adminToken)
  const signIns = await SignIns.start(fetch, admin, scim.slug)
  const tokens = [scim.token, await signIns.token(gateway.url)]
  const counted = countRows(await gateway.miniflare.getD1Database('DB'))
  const bindings = { ADMIN_TOKEN: adminToken, DB: counted.database }
  const later: Promise<unknown>[] = []
  const answer = await loadWorker(buildDirectory, bindings, (work) => later.push(work))
  const worker: Worker = async (request) => {
    const response = await answer(request)
    await Promise.all(later.splice(0))
    return response
  }
  console.log(
    '\nWith a bearer token, and with an access token: what D1 says, and ratios of the second\n',
  )
  console.log(row('operation', 'statements', 'read', 'written', 'rate', 'cpu'))
  const progress = new Progress()
  for (const { name, call } of operations.filter((one) => measured.has(one.name))) {
    progress.tell(`both tokens, ${name}`)
    const next = numbered(call)
    const costs: Cost[] = []
    for (const token of tokens) {
      costs.push(await costOf(worker, counted.rows, () => withToken(next(), token)))
    }
    const ratios = await ratiosOf(
      tokens.map((token) => () => withToken(next(), token)),
      load,
    )
    progress.clear()
    const pair = (what: keyof Cost) => costs.map((cost) => cost[what]).join(', ')
    console.log(
      row(
        name,
        pair('statements'),
        pair('read'),
        pair('written'),
        ...ratios.map((one) => one.toFixed(2)),
      ),
    )
  }
}

function withToken(call: Call, token: string): Call {
  const headers = { ...call.init.headers, Authorization: `Bearer ${token}` }
  return { ...call, init: { ...call.init, headers } }
}

type Cost = ReturnType<typeof countRows>['rows']

/** What the second of two requests costs: the first one asks whose the token is, and notes its use. */
async function costOf(worker: Worker, rows: Cost, next: () => Call): Promise<Cost> {
  let before: Cost = rows
  for (const _ of ['first', 'second']) {
    before = { ...rows }
    const { url, init, status } = next()
    const answer = await worker(new Request(url, init))
    if (answer.status !== status) throw new Error(`${url} was answered with ${answer.status}`)
  }
  return {
    statements: rows.statements - before.statements,
    read: rows.read - before.read,
    written: rows.written - before.written,
  }
}

/** Medians of the ratios of neighbours in time, the second to the first: rate and processor time. */
async function ratiosOf(
  calls: readonly (() => Call)[],
  { clients, seconds, rounds, server }: Load,
): Promise<number[]> {
  const runs: Measured[][] = calls.map(() => [])
  for (let round = 0; round <= rounds; round += 1) {
    const turns = [...calls.entries()]
    // Whoever comes second meets what the first has left: each is first in every other round.
    for (const [index, call] of round % 2 === 0 ? turns : turns.toReversed()) {
      const run = await measure(call, clients, seconds, server)
      // The first round warms up.
      if (round > 0) runs[index]?.push(run)
    }
  }
  const [first = [], second = []] = runs
  return (['perSecond', 'processor'] as const).map((what) =>
    median(second.map((run, index) => run[what] / (first[index]?.[what] ?? Number.NaN))),
  )
}
