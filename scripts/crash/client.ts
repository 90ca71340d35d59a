/**
 * One client of the gateway: changes at random, one after the other, each noted when it is
 * answered.
 */
import { patch, userUrn, type Answer, type ScimClient } from '../../test/support/tenant.ts'
import { copy, newPart, sharedTeams, steps, type Part, type Step } from './model.ts'

interface Change {
  readonly steps: readonly Step[]
  send(): Promise<Answer>
}

export class Client {
  readonly prefix: string
  /** The state after all acknowledged changes. */
  part: Part = newPart()
  /** Changes that were sent and not answered. */
  unanswered: readonly Step[] = []
  acknowledged = 0
  readonly #ids = new Map<string, string>()
  readonly #random: () => number
  #scim: ScimClient
  #count = 0

  constructor(prefix: string, scim: ScimClient, random: () => number) {
    this.prefix = prefix
    this.#scim = scim
    this.#random = random
  }

  /** Goes on with what the tables hold, on the server that listens now. */
  resume(scim: ScimClient, part: Part, ids: ReadonlyMap<string, string>): void {
    this.#scim = scim
    this.part = part
    this.unanswered = []
    for (const [name, id] of ids) this.#ids.set(name, id)
  }

  /**
   * Works until the server is gone; any answer but success is a failure. `pace` is waited for
   * before each change.
   */
  async work(pace: () => Promise<void> | undefined, signal: AbortSignal): Promise<void> {
    for (;;) {
      await pace()
      if (signal.aborted) return
      const change = this.#next()
      this.unanswered = change.steps
      let answer
      try {
        answer = await change.send()
      } catch {
        // The server was killed. Before that nothing may fail.
        return
      }
      const refused = [answer, ...(answer.body?.Operations ?? [])].find(
        ({ status }: { status: number | string }) => Number(status) >= 300,
      )
      if (refused) throw new Error(`Refused: ${JSON.stringify(refused)}`)
      this.#learn(answer)
      for (const step of change.steps) step(this.part)
      this.unanswered = []
      this.acknowledged += 1
    }
  }

  /** Every state that the part may be in: each step of an unanswered request done, or not yet. */
  possible(): Part[] {
    const states = [copy(this.part)]
    for (const step of this.unanswered) {
      const next = copy(states.at(-1) ?? this.part)
      step(next)
      states.push(next)
    }
    return states
  }

  #learn({ body }: Answer): void {
    const name = body?.userName ?? body?.displayName
    if (typeof name === 'string' && typeof body.id === 'string') this.#ids.set(name, body.id)
    for (const { bulkId, location } of body?.Operations ?? []) {
      if (bulkId) this.#ids.set(bulkId, String(location).split('/').at(-1) ?? '')
    }
  }

  #next(): Change {
    const people = [...this.part.users.keys()]
    const own = [...this.part.teams.keys()].filter((name) => !sharedTeams.includes(name))
    const person = this.#oneOf(people)
    if (person === undefined || people.length < 5) return this.#create()
    const changes: readonly (() => Change)[] = [
      () => this.#create(),
      () => this.#bulk(),
      () => this.#entitle(person),
      () => this.#entitleIfMatch(person),
      () => this.#replace(person),
      () => this.#remove(person),
      () => this.#move(this.#oneOf([...sharedTeams, ...own]) ?? 'shared 0', person),
      () => this.#move(this.#oneOf(sharedTeams) ?? 'shared 0', person),
      () => this.#found([person]),
      () => this.#rename(this.#oneOf(own)),
      () => this.#compose(this.#oneOf(own), [person]),
      () => this.#dissolve(this.#oneOf(own)),
    ]
    return (this.#oneOf(changes) ?? (() => this.#create()))()
  }

  #create(): Change {
    const name = this.#name()
    return {
      steps: [steps.create(name)],
      send: () => this.#scim.call('POST', '/Users', body(name)),
    }
  }

  #bulk(): Change {
    const [one, two, team] = [this.#name(), this.#name(), this.#name()]
    const members = [{ value: `bulkId:${one}` }, { value: `bulkId:${two}` }]
    const Operations = [
      { method: 'POST', path: '/Users', bulkId: one, data: body(one) },
      { method: 'POST', path: '/Users', bulkId: two, data: body(two) },
      { method: 'POST', path: '/Groups', bulkId: team, data: { displayName: team, members } },
    ]
    return {
      steps: [steps.create(one), steps.create(two), steps.found(team, [one, two])],
      send: () => this.#scim.call('POST', '/Bulk', { Operations }),
    }
  }

  #entitle(name: string): Change {
    const title = `Title ${(this.#count += 1)}`
    return {
      steps: [steps.entitle(name, title)],
      send: () =>
        this.#scim.call(
          'PATCH',
          this.#user(name),
          patch({ op: 'replace', path: 'title', value: title }),
        ),
    }
  }

  #entitleIfMatch(name: string): Change {
    const title = `Title ${(this.#count += 1)}`
    return {
      steps: [steps.entitle(name, title)],
      send: async () => {
        const { body } = await this.#scim.call('GET', this.#user(name))
        const operation = { op: 'replace', path: 'title', value: title }
        const headers = { 'If-Match': body.meta.version }
        return this.#scim.call('PATCH', this.#user(name), patch(operation), headers)
      },
    }
  }

  #replace(name: string): Change {
    const title = `Title ${(this.#count += 1)}`
    const isActive = this.#random() < 0.5
    return {
      steps: [steps.replace(name, title, isActive)],
      send: () =>
        this.#scim.call('PUT', this.#user(name), { ...body(name), title, active: isActive }),
    }
  }

  #remove(name: string): Change {
    return {
      steps: [steps.remove(name)],
      send: () => this.#scim.call('DELETE', this.#user(name)),
    }
  }

  #move(team: string, name: string): Change {
    const isIn = this.part.teams.get(team)?.has(name) === true
    const value = [{ value: this.#ids.get(name) }]
    return {
      steps: [isIn ? steps.move(team, [], [name]) : steps.move(team, [name], [])],
      send: () =>
        this.#scim.call(
          'PATCH',
          `/Groups/${this.#ids.get(team)}`,
          patch({ op: isIn ? 'remove' : 'add', path: 'members', value }),
        ),
    }
  }

  #found(people: readonly string[]): Change {
    const team = this.#name()
    const members = people.map((name) => ({ value: this.#ids.get(name) }))
    return {
      steps: [steps.found(team, people)],
      send: () => this.#scim.call('POST', '/Groups', { displayName: team, members }),
    }
  }

  #rename(team: string | undefined): Change {
    if (team === undefined) return this.#create()
    const name = this.#name()
    const id = this.#ids.get(team) ?? ''
    this.#ids.set(name, id)
    return {
      steps: [steps.rename(team, name)],
      send: () =>
        this.#scim.call(
          'PATCH',
          `/Groups/${id}`,
          patch({ op: 'replace', path: 'displayName', value: name }),
        ),
    }
  }

  /** Another name and other members in one request. */
  #compose(team: string | undefined, people: readonly string[]): Change {
    if (team === undefined) return this.#create()
    const name = this.#name()
    const id = this.#ids.get(team) ?? ''
    this.#ids.set(name, id)
    const members = people.map((person) => ({ value: this.#ids.get(person) }))
    return {
      steps: [steps.compose(team, name, people)],
      send: () => this.#scim.call('PUT', `/Groups/${id}`, { displayName: name, members }),
    }
  }

  #dissolve(team: string | undefined): Change {
    if (team === undefined) return this.#create()
    return {
      steps: [steps.dissolve(team)],
      send: () => this.#scim.call('DELETE', `/Groups/${this.#ids.get(team)}`),
    }
  }

  #user(name: string): string {
    return `/Users/${this.#ids.get(name)}`
  }

  #name(): string {
    return `${this.prefix}.${(this.#count += 1)}`
  }

  #oneOf<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)]
  }
}

function body(userName: string): Readonly<Record<string, unknown>> {
  return {
    schemas: [userUrn],
    userName,
    emails: [{ value: `${userName}@example.com`, type: 'work' }],
  }
}
