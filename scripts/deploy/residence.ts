/** Where the data of a deployment is, and where it has to be. */
import type { Unstable_RawConfig } from 'wrangler'
import { err, ok, type Result } from '../../src/result.ts'
import {
  configOption,
  fileOf,
  unseen,
  type Ended,
  type NamedBinding,
  type PlannedTarget,
  type Target,
  type Wrangler,
} from '../deployment.ts'

/** A database or namespace that the account has. */
export interface Existing {
  readonly name: string
  readonly id: string
  readonly jurisdiction?: string
}

export interface Account {
  readonly databases: readonly Existing[]
  readonly namespaces: readonly Existing[]
}

export interface Residence {
  /** Undefined for none. */
  readonly jurisdiction: string | undefined
  readonly missingDatabases: readonly NamedBinding[]
  readonly missingNamespaces: readonly NamedBinding[]
  /** Sentences about what exists outside the jurisdiction that the main database is in. */
  readonly warnings: readonly string[]
}

/** Reads what the account has. The error is what wrangler says, with what may help. */
export async function readAccount(wrangler: Wrangler): Promise<Result<Account, string>> {
  const databases = await wrangler(['d1', 'list', '--json'], unseen)
  const namespaces = await wrangler(['kv', 'namespace', 'list'], unseen)
  const failed = [databases, namespaces].find(({ code }) => code !== 0)
  if (failed) {
    return err(
      [
        `${failed.output}${failed.errors}`.trim(),
        '',
        'Wrangler cannot list the databases and namespaces of this account; nothing was done. An API token',
        'needs "D1: edit" and "Workers KV Storage: edit" (docs/operating.md, "Deployment").',
      ].join('\n'),
    )
  }
  return ok({
    databases: readList(databases.output, 'name', 'uuid'),
    namespaces: readList(namespaces.output, 'title', 'id'),
  })
}

/** What wrangler prints before and after the list is passed over. */
function readList(output: string, name: string, id: string): Existing[] {
  const [list = '[]'] = /\[[^]*\]/.exec(output) ?? []
  const entries = JSON.parse(list) as readonly Readonly<Record<string, unknown>>[]
  return entries.map((entry) => {
    const jurisdiction = entry['jurisdiction']
    return {
      name: String(entry[name]),
      id: String(entry[id]),
      // Cloudflare answers null or "" for none.
      ...(typeof jurisdiction === 'string' && jurisdiction !== '' ? { jurisdiction } : {}),
    }
  })
}

/**
 * The jurisdiction of a deployment: the one that is wished, or else that of the main database. A
 * wish is refused when anything that exists is elsewhere, since nothing can be moved. The error is
 * a text for the operator.
 */
export function decideResidence(
  wished: string | undefined,
  target: Target,
  account: Account,
): Result<Residence, string> {
  const found = {
    databases: target.databases.map((wanted) => findExisting(account.databases, wanted)),
    namespaces: target.namespaces.map((wanted) => findExisting(account.namespaces, wanted)),
  }
  const [main] = found.databases
  const jurisdiction = wished ?? main?.jurisdiction
  const elsewhere = [
    ...found.databases.flatMap((one) => describe('The database', one, jurisdiction)),
    ...found.namespaces.flatMap((one) => describe('The namespace', one, jurisdiction)),
  ]
  if (wished !== undefined && elsewhere.length > 0) {
    return err(
      [
        ...elsewhere,
        `A jurisdiction is set when a database or namespace is made, and never changed. Nothing was`,
        `done. Give this deployment new names in wrangler.toml ("name" and "database_name") or an`,
        `--env of its own, or delete what is empty: npx wrangler d1 delete NAME.`,
      ].join('\n'),
    )
  }
  return ok({
    jurisdiction,
    missingDatabases: target.databases.filter((_, index) => !found.databases[index]),
    missingNamespaces: target.namespaces.filter((_, index) => !found.namespaces[index]),
    warnings: jurisdiction === undefined ? [] : elsewhere,
  })
}

function findExisting(list: readonly Existing[], wanted: NamedBinding): Existing | undefined {
  return list.find(({ id, name }) =>
    wanted.id === undefined ? name === wanted.name : id === wanted.id,
  )
}

function describe(
  what: string,
  existing: Existing | undefined,
  jurisdiction: string | undefined,
): string[] {
  if (!existing || existing.jurisdiction === jurisdiction) return []
  const place = existing.jurisdiction
    ? `in the jurisdiction ${existing.jurisdiction}`
    : 'without a jurisdiction'
  return [`${what} ${existing.name} exists ${place}, not in ${jurisdiction ?? 'none'}.`]
}

/**
 * Makes what is missing in the jurisdiction, before wrangler would make it anywhere. `onMaking` is told of each,
 * counted from 0; answers the one that failed. Wrangler's advice to change the configuration is not shown: nothing has to be changed.
 */
export async function makeMissing(
  wrangler: Wrangler,
  { jurisdiction, missingDatabases, missingNamespaces }: Residence,
  onMaking: (index: number) => void,
): Promise<Ended | undefined> {
  if (jurisdiction === undefined) return undefined
  const made = [
    ...missingDatabases.map(({ name }) => ['d1', 'create', name]),
    ...missingNamespaces.map(({ name }) => ['kv', 'namespace', 'create', name]),
  ]
  for (const [index, command] of made.entries()) {
    onMaking(index)
    const options = ['--jurisdiction', jurisdiction, '--update-config=false']
    const ended = await wrangler([...command, ...options], unseen)
    if (ended.code !== 0) return ended
  }
  return undefined
}

/**
 * True where a namespace is left of a deployment that has no Worker: one that broke off, or that was deleted.
 * Wrangler would make another one of the same name, which Cloudflare refuses.
 */
export async function hasLeftover(
  wrangler: Wrangler,
  { worker, namespaces }: Target,
  account: Account,
): Promise<boolean> {
  const isThere = namespaces.some(
    (wanted) => wanted.id === undefined && findExisting(account.namespaces, wanted),
  )
  return isThere && (await wrangler(['secret', 'list', '--name', worker], unseen)).code !== 0
}

/**
 * The plan with the jurisdiction in it, and with the ids of the namespaces: wrangler finds a database by its
 * name, and a namespace by its id alone.
 */
export function settle(
  planned: PlannedTarget,
  jurisdiction: string | undefined,
  account: Account,
): PlannedTarget {
  const { target, environment } = planned
  const config = structuredClone(planned.config)
  const part: Pick<Unstable_RawConfig, 'kv_namespaces' | 'vars'> =
    (environment === undefined ? undefined : config.env?.[environment]) ?? config
  if (jurisdiction !== undefined) part.vars = { ...part.vars, JURISDICTION: jurisdiction }
  for (const namespace of part.kv_namespaces ?? []) {
    const wanted = target.namespaces.find(({ binding }) => binding === namespace.binding)
    const existing = wanted && findExisting(account.namespaces, wanted)
    if (existing) namespace.id = existing.id
  }
  const more = environment === undefined ? [] : ['--env', environment]
  const parameters = [...configOption(target.worker), ...more]
  return { ...planned, config, target: { ...target, parameters }, file: fileOf(target.worker) }
}
