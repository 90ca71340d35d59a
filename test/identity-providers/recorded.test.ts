/**
 * Flows recorded from real programs through a proxy, with names and addresses made up, and what must
 * hold after each request. `recorded/README.md` says from which programs, in which versions.
 */
import { describe, expect, it } from 'vitest'
import canaille from './recorded/canaille.json'
import connIdByPatch from './recorded/connid-patch.json'
import connIdByPut from './recorded/connid-put.json'
import keycloakByPatch from './recorded/keycloak-pelotech-patch.json'
import keycloakByPut from './recorded/keycloak-pelotech-put.json'
import { eventsOf, tenant } from '../support/gateway'
import type { ScimClient } from '../support/tenant'

interface Step {
  /** Action in the program that sent the request. */
  readonly step: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Name for the `id` of the answer. */
  readonly id?: string
  readonly then: {
    readonly status: number
    readonly totalResults?: number
    /** Whether these people are active. */
    readonly active?: Readonly<Record<string, boolean>>
    /** Exactly the people who are in these teams. */
    readonly members?: Readonly<Record<string, readonly string[]>>
    /** Name of what `X-Passed-Over` counts. */
    readonly passedOver?: string
    readonly gone?: readonly string[]
    readonly note?: string
  }
}

const flows: readonly (readonly [program: string, steps: unknown])[] = [
  ['Keycloak with its extension, by PUT', keycloakByPut],
  ['Keycloak with its extension, by PATCH', keycloakByPatch],
  ['ConnId, by PUT', connIdByPut],
  ['ConnId, by PATCH', connIdByPatch],
  ['Canaille', canaille],
]

describe('a recorded flow', () => {
  it.each(flows)('of %s ends as its program wants it, step by step', async (_, steps) => {
    const play = new Play(await tenant())
    for (const [index, step] of (steps as readonly Step[]).entries())
      await play.step(step, `${index}: ${step.step}`)
  })
})

/** A flow against one tenant, with the ids that are known so far. */
class Play {
  readonly #ids = new Map<string, string>()
  readonly #scim: ScimClient

  constructor(scim: ScimClient) {
    this.#scim = scim
  }

  async step(step: Step, where: string): Promise<void> {
    const { then } = step
    const isSilent = then.note === 'nothing changes: no event'
    const before = isSilent ? (await eventsOf(this.#scim)).length : 0
    const body = step.body === undefined ? undefined : this.#filled(JSON.stringify(step.body))
    const answer = await this.#scim.call(step.method, this.#filled(step.path), body, step.headers)
    const shown = `${where}\n${step.method} ${step.path} → ${JSON.stringify(answer.body)}`
    expect(answer.status, shown).toBe(then.status)
    if (step.id !== undefined) this.#ids.set(step.id, answer.body.id)
    if (then.totalResults !== undefined) {
      expect(answer.body.totalResults, shown).toBe(then.totalResults)
    }
    if (then.passedOver !== undefined) {
      expect(answer.headers.get('X-Passed-Over'), shown).toContain(`${then.passedOver}=`)
    }
    for (const [name, isActive] of Object.entries(then.active ?? {})) {
      expect((await this.#read(name)).body.active, `${name} in ${shown}`).toBe(isActive)
    }
    for (const [name, people] of Object.entries(then.members ?? {})) {
      const inTeam = ((await this.#read(name)).body.members ?? []) as { readonly value: string }[]
      const wanted = people.map((one) => this.#ids.get(one) ?? one)
      expect(inTeam.map(({ value }) => value).sort(), `${name} in ${shown}`).toEqual(wanted.sort())
    }
    for (const name of then.gone ?? []) expect((await this.#read(name)).status, shown).toBe(404)
    if (isSilent) expect(await eventsOf(this.#scim), shown).toHaveLength(before)
  }

  #read(name: string) {
    const kind = name.startsWith('user:') ? 'Users' : 'Groups'
    return this.#scim.call('GET', `/${kind}/${this.#ids.get(name)}`)
  }

  #filled(text: string): string {
    return text.replace(/\{\{([\w:-]+)\}\}/g, (whole, name: string) =>
      name === 'base' ? this.#scim.baseUrl : (this.#ids.get(name) ?? whole),
    )
  }
}
