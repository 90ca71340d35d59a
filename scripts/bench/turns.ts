/** 64 clients on one team, against one client: what waits together is committed together. */
import type { ScimClient } from '../../test/support/tenant.ts'
import { measure, middle, type Call } from './load.ts'
import { people, request } from './requests.ts'

const clients = 64
const rounds = 5
const seconds = 2

/** Changes a second. */
export interface Turns {
  readonly alone: number
  readonly together: number
  /** Ratio of together to alone, from runs that are neighbours in time. */
  readonly times: number
}

export async function measureTurns(scim: ScimClient): Promise<Turns> {
  const run = await prepareTurns(scim)
  const runs: Turns[] = []
  for (let round = 0; round < rounds; round += 1) runs.push(await run())
  return {
    alone: middle(runs, 'alone'),
    together: middle(runs, 'together'),
    times: middle(runs, 'times'),
  }
}

/** Makes the team and its people, and warms up. Answers a function that measures once. */
export async function prepareTurns(scim: ScimClient): Promise<() => Promise<Turns>> {
  const team = await scim.call('POST', '/Groups', { displayName: 'Contended' })
  const users = await people(scim, clients)
  let count = 0
  const call = (): Call => {
    count += 1
    const id = users[count % users.length]
    const op = Math.floor(count / users.length) % 2 === 0 ? 'Add' : 'Remove'
    const body = { Operations: [{ op, path: 'members', value: [{ value: id }] }] }
    return request(scim, 'PATCH', `/Groups/${team.body.id}`, 204, body)
  }
  await measure(call, clients, seconds)
  return async () => {
    const alone = (await measure(call, 1, seconds)).perSecond
    const together = (await measure(call, clients, seconds)).perSecond
    return { alone, together, times: together / alone }
  }
}
