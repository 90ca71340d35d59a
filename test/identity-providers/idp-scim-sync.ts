/**
 * What idp-scim-sync (slashdevops, 0.45.1 and 110 commits, source a375c40) asks of a SCIM server: requests, their
 * order, and what it makes of the answers. After the first run it compares with the state that it stored, and reads
 * nothing. Go's `omitempty` leaves `active: false` out.
 */
import { patch, type Answer, type ScimClient } from '../support/tenant'
import type { Group, Person, Workspace } from './workspace'

/** People by address, groups by name, and who is in which: what a run stores for the next one. */
interface State {
  readonly users: ReadonlyMap<string, { readonly id: string; readonly body: string }>
  readonly teams: ReadonlyMap<string, { readonly id: string; readonly externalId: string }>
  /** By the name of the group: addresses with the ids of their people. */
  readonly members: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export class IdpScimSync {
  readonly #scim: ScimClient
  #state: State | undefined

  constructor(scim: ScimClient) {
    this.#scim = scim
  }

  /** One run; throws where the program ends with an error, which leaves its state as it was. */
  async run(workspace: Workspace): Promise<void> {
    const old = this.#state
    const teams = await this.#bringGroups(workspace.groups, old?.teams ?? (await this.#teams()))
    const users = await this.#bringPeople(workspace.members(), old?.users ?? (await this.#users()))
    const before = old?.members ?? (await this.#members(teams, users))
    const members = new Map(
      workspace.groups.map(({ name, members: list }) => [
        name,
        new Map(Array.from(list, ({ email }) => [email, users.get(email)?.id ?? ''])),
      ]),
    )
    for (const [name, list] of members) {
      const joining = [...list].filter(([email]) => !before.get(name)?.has(email))
      if (joining.length > 0) {
        const ids = joining.map(([, id]) => id)
        await this.#changeMembers('add', teams.get(name)?.id, ids)
      }
    }
    for (const [name, list] of before) {
      const leaving = [...list].filter(([email]) => !members.get(name)?.has(email))
      const id = teams.get(name)?.id ?? old?.teams.get(name)?.id
      const ids = leaving.map(([, one]) => one)
      if (leaving.length > 0) await this.#changeMembers('remove', id, ids)
    }
    this.#state = { users, teams, members }
  }

  /** What an administrator does after an error that stays: the next run is a first one. */
  forgetState(): void {
    this.#state = undefined
  }

  async #bringGroups(groups: readonly Group[], known: State['teams']): Promise<State['teams']> {
    const teams = new Map<string, { readonly id: string; readonly externalId: string }>()
    for (const { id: externalId, name } of groups) {
      const found = known.get(name)
      const id = found?.id ?? (await this.#createGroup(name, externalId))
      teams.set(name, { id, externalId })
      if (found && found.externalId !== externalId) {
        const operation = { op: 'replace', value: { id, externalId } }
        expectDone(await this.#call('PATCH', `/Groups/${id}`, patch(operation)))
      }
    }
    for (const [name, { id }] of known) {
      if (!teams.has(name)) await this.#delete(`/Groups/${id}`)
    }
    return teams
  }

  async #createGroup(displayName: string, externalId: string): Promise<string> {
    const body = { id: '', meta: {}, displayName, externalId }
    const answer = await this.#call('POST', '/Groups', body)
    return answer.status === 409
      ? (await this.#find('/Groups', 'displayName', displayName)).id
      : expectDone(answer).body.id
  }

  async #bringPeople(people: readonly Person[], known: State['users']): Promise<State['users']> {
    const users = new Map<string, { readonly id: string; readonly body: string }>()
    const changed: Person[] = []
    for (const person of people) {
      const found = known.get(person.email)
      const body = JSON.stringify(bodyOf(person))
      if (!found) users.set(person.email, { id: await this.#createUser(person), body })
      else if (found.body !== body) changed.push(person)
      else users.set(person.email, found)
    }
    for (const person of changed) {
      const id = known.get(person.email)?.id ?? ''
      const put = await this.#call('PUT', `/Users/${id}`, { id, ...bodyOf(person) })
      users.set(person.email, { id: expectDone(put).body.id, body: JSON.stringify(bodyOf(person)) })
    }
    for (const [email, { id }] of known) {
      if (!users.has(email)) await this.#delete(`/Users/${id}`)
    }
    return users
  }

  async #createUser(person: Person): Promise<string> {
    const answer = await this.#call('POST', '/Users', bodyOf(person))
    if (answer.status !== 409) return expectDone(answer).body.id
    const { id } = await this.#find('/Users', 'userName', person.email)
    return expectDone(await this.#call('PUT', `/Users/${id}`, { id, ...bodyOf(person) })).body.id
  }

  async #changeMembers(op: string, team: string | undefined, ids: readonly string[]) {
    const value = ids.map((id) => ({ value: id }))
    const body = patch({ value, op, path: 'members' })
    expectDone(await this.#call('PATCH', `/Groups/${team}`, body))
  }

  /** 404 is no error here: somebody else was faster. */
  async #delete(path: string): Promise<void> {
    const answer = await this.#call('DELETE', path)
    if (answer.status !== 404) expectDone(answer)
  }

  async #teams(): Promise<State['teams']> {
    const { body } = expectDone(await this.#call('GET', '/Groups'))
    return new Map(
      body.Resources.map(({ id, displayName, externalId }: Record<string, string>) => [
        displayName,
        { id, externalId },
      ]),
    )
  }

  /** The bodies that a server gives back differ in form: every known person is written once. */
  async #users(): Promise<State['users']> {
    const { body } = expectDone(await this.#call('GET', '/Users'))
    return new Map(body.Resources.map(({ id, emails }: any) => [emails[0].value, { id, body: '' }]))
  }

  /** The teams of each person, page by page: `cursor` without a value asks for the first one. */
  async #members(teams: State['teams'], users: State['users']): Promise<State['members']> {
    const members = new Map(Array.from(teams.keys(), (name) => [name, new Map<string, string>()]))
    for (const [email, { id }] of users) {
      const filter = `filter=${encodeURIComponent(`members.value eq "${id}"`)}`
      for (let cursor: string | undefined = 'cursor'; cursor !== undefined;) {
        const { body } = expectDone(await this.#call('GET', `/Groups?${cursor}&${filter}`))
        for (const { displayName } of body.Resources) members.get(displayName)?.set(email, id)
        cursor = body.nextCursor && `cursor=${encodeURIComponent(body.nextCursor)}`
      }
    }
    return members
  }

  async #find(path: string, attribute: string, value: string): Promise<{ readonly id: string }> {
    const query = new URLSearchParams({ filter: `${attribute} eq "${value}"` })
    const [found] = expectDone(await this.#call('GET', `${path}?${query}`)).body.Resources
    return found
  }

  #call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#scim.call(method, path, body, { Accept: 'application/json' })
  }
}

function bodyOf({ id, email, given, family, isSuspended }: Person) {
  return {
    externalId: id,
    userName: email,
    displayName: `${given} ${family}`,
    name: { formatted: `${given} ${family}`, familyName: family, givenName: given },
    emails: [{ value: email, type: 'work', primary: true }],
    ...(isSuspended ? {} : { active: true }),
  }
}

function expectDone(answer: Answer): Answer {
  if (answer.status < 200 || answer.status >= 400) {
    throw new Error(`idp-scim-sync: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return answer
}
