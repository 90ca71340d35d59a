/** The example application as a process that can be killed, and what its tables have to be. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { root } from '../../../scripts/root.ts'
import type { Client } from '../../../src/client/client.ts'
import { killGroup } from '../../support/server.ts'
import type { ScimClient } from '../../support/tenant.ts'

interface Tables {
  seq: number
  readonly people: Record<string, { readonly name: string; readonly active: boolean }>
  teams: Record<string, { readonly name: string }>
  readonly memberships: Record<string, true>
}

export interface Reader {
  readonly url: string
  readonly slug: string
  readonly key: string
}

export class ExampleApplication {
  readonly #file: string
  readonly #reader: Reader
  #child: ChildProcess | undefined

  constructor(file: string, reader: Reader) {
    this.#file = file
    this.#reader = reader
  }

  start(): void {
    const { url, slug, key } = this.#reader
    this.#child = spawn(process.execPath, ['examples/application.js', this.#file], {
      cwd: root,
      detached: true,
      env: { ...process.env, ROLLCALL_URL: url, ROLLCALL_TENANT: slug, ROLLCALL_KEY: key },
      stdio: 'ignore',
    })
  }

  async die(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child) await killGroup(child)
  }

  /** As after a restored backup: the tables are wrong, and the place is not one of this log. */
  async lose(): Promise<void> {
    const tables = await this.#read()
    tables.teams = {}
    tables.people['nobody'] = { name: 'nobody', active: true }
    tables.seq = 1_000_000
    await writeFile(this.#file, JSON.stringify(tables))
  }

  /** Number of the last event that the tables contain; 0 before there are any. */
  async place(): Promise<number> {
    return this.#read().then(
      ({ seq }) => seq,
      () => 0,
    )
  }

  /** Sorted. */
  async tables(): Promise<unknown> {
    const { people, teams, memberships } = await this.#read()
    return {
      people: Object.entries(people)
        .map(([id, { name, active }]) => ({ id, name, active }))
        .toSorted(byId),
      teams: Object.entries(teams)
        .map(([id, { name }]) => ({ id, name }))
        .toSorted(byId),
      memberships: Object.keys(memberships).toSorted(),
    }
  }

  async #read(): Promise<Tables> {
    return JSON.parse(await readFile(this.#file, 'utf8')) as Tables
  }
}

/** The same of the directory, as SCIM tells it. */
export async function directoryOf(scim: ScimClient): Promise<unknown> {
  const users = (await everything(scim, '/Users')).toSorted(byId)
  const teams = (await everything(scim, '/Groups')).toSorted(byId)
  return {
    people: users.map(({ id, userName, active }) => ({ id, name: userName, active })),
    teams: teams.map(({ id, displayName }) => ({ id, name: displayName })),
    memberships: teams
      .flatMap(({ id, members = [] }) =>
        members.map(({ value }: { value: string }) => `${id} ${value}`),
      )
      .toSorted(),
  }
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : 1
}

async function everything(scim: ScimClient, path: string): Promise<any[]> {
  const list: any[] = []
  for (let cursor = ''; ;) {
    const page = await scim.call('GET', `${path}?count=200&cursor=${cursor}`)
    if (page.status !== 200) throw new Error(`${path} answers ${page.status}`)
    list.push(...page.body.Resources)
    if (page.body.nextCursor === undefined) return list
    cursor = page.body.nextCursor
  }
}

/** What a client of the product's API hears: from the first event on, and through every kill. */
export class Follower {
  readonly seen: number[] = []
  #log: string | undefined
  /** Statuses of refusals other than those of a gateway that is gone or busy. */
  readonly refused: number[] = []
  readonly #ended: Promise<void>

  constructor(rollcall: Client, signal: AbortSignal) {
    this.#ended = this.#follow(rollcall, signal)
  }

  ended(): Promise<void> {
    return this.#ended
  }

  async #follow(rollcall: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for await (const event of rollcall.events({ after: this.seen.length, log: this.#log })) {
        if (event.ok) {
          this.seen.push(event.value.seq)
          this.#log = event.value.log
        } else if (![0, 503].includes(event.error.status)) this.refused.push(event.error.status)
      }
    }
  }
}
