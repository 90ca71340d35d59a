/** A Cloudflare account as its API shows it to wrangler, as far as `npm run deploy` and docs/operating.md need it. */
import { DatabaseSync } from 'node:sqlite'

export interface Database {
  readonly name: string
  readonly uuid: string
  readonly jurisdiction: string | null
  readonly data: DatabaseSync
}

export interface Namespace {
  readonly id: string
  readonly title: string
  readonly jurisdiction: string | null
}

/** A Worker as it was uploaded last. */
export interface Script {
  readonly bindings: readonly Readonly<Record<string, unknown>>[]
  readonly flags: readonly string[]
  readonly secrets: Map<string, string>
  readonly crons: readonly string[]
  readonly domains: readonly string[]
  readonly onWorkersDev: boolean
  readonly placement: unknown
}

const nothing: Script = {
  bindings: [],
  flags: [],
  secrets: new Map(),
  crons: [],
  domains: [],
  onWorkersDev: false,
  placement: undefined,
}

export class Account {
  readonly id = 'acc0000000000000000000000000000a'
  readonly token = 'token-of-the-engineer'
  databases: Database[] = []
  namespaces: Namespace[] = []
  readonly scripts = new Map<string, Script>()

  makeDatabase(name: string, jurisdiction: string | null): Database {
    const made = {
      name,
      uuid: crypto.randomUUID(),
      jurisdiction,
      data: new DatabaseSync(':memory:'),
    }
    this.databases.push(made)
    return made
  }

  makeNamespace(title: string, jurisdiction: string | null): Namespace {
    const made = { id: crypto.randomUUID().replaceAll('-', ''), title, jurisdiction }
    this.namespaces.push(made)
    return made
  }

  change(name: string, change: Partial<Script>): void {
    const present = this.scripts.get(name) ?? { ...nothing, secrets: new Map<string, string>() }
    this.scripts.set(name, { ...present, ...change })
  }

  /** The value of a variable, or what a binding is bound to. */
  boundTo(script: string, name: string): unknown {
    const bindings = this.scripts.get(script)?.bindings ?? []
    const binding = bindings.find((one) => one['name'] === name)
    return (
      binding?.['text'] ?? binding?.['id'] ?? binding?.['database_id'] ?? binding?.['namespace_id']
    )
  }
}

/** D1's answer to a text of one or more statements. */
export function runSql(data: DatabaseSync, text: string, parameters: readonly unknown[] = []) {
  const started = performance.now()
  const isRead = /^\s*(select|pragma|with)\b/i.test(text)
  let results: unknown[] = []
  if (isRead || parameters.length > 0) {
    results = data.prepare(text).all(...(parameters as (string | number | null)[]))
  } else data.exec(text)
  const meta = {
    served_by_region: 'WEUR',
    duration: performance.now() - started,
    changes: 0,
    last_row_id: 0,
    changed_db: !isRead,
    size_after: 4096,
    rows_read: 0,
    rows_written: 0,
  }
  return { results, success: true, meta }
}
