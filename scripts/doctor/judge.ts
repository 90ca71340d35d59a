/** Judges what a deployment says of itself. Pure: no call, no clock. */
import { secretCommand } from '../../src/access/weak-secret.ts'
import { isJurisdiction, jurisdictions } from '../../src/jurisdiction.ts'
import { bad, good, note, type Finding } from './finding.ts'

/** The answer of `GET /admin/api/deployment`. */
export interface Deployment {
  readonly time: string
  readonly worker: string | null
  readonly tenant: string | null
  readonly newTenants: string
  readonly jurisdiction: string | null
  /** Variables that hold what cannot be used; absent in what older Workers answer. */
  readonly unusable?: readonly string[]
  readonly secrets: Readonly<Record<string, 'missing' | 'weak' | 'strong'>>
  readonly bindings: Readonly<Record<string, boolean>>
  readonly flags: Readonly<Record<string, boolean>>
  readonly databases: readonly {
    readonly name: string
    readonly migrations: readonly string[] | null
    readonly clockAhead: number | null
    readonly region: string | null
  }[]
}

export interface Expected {
  /** Files of the migrations in this checkout, in their order. */
  readonly migrations: readonly string[]
  /** Jurisdiction that the deployment should be in; undefined to take what it says. */
  readonly jurisdiction: string | undefined
}

/** Bindings without which requests fail, and those without which limits are missing. */
const neededBindings = new Set(['TOKENS', 'TEAM', 'DELIVERY', 'ASSETS'])

/** Regions of D1 in a jurisdiction, as the platform names them; those of fedramp are not told. */
const regions: Readonly<Record<string, readonly string[]>> = {
  eu: ['WEUR', 'EEUR'],
  us: ['WNAM', 'ENAM'],
}

/** Milliseconds. A batch whose time in D1 is eight seconds after the Worker's is not carried out. */
const greatestDifference = 2_000

/** Milliseconds between the clock of this machine and the Worker's that are worth a note. */
const greatestOwnDifference = 30_000

/** `ownClockAhead`: milliseconds by which this machine is ahead of the Worker. */
export function judge(
  deployment: Deployment,
  expected: Expected,
  ownClockAhead: number,
): Finding[] {
  return [
    ...judgeSecrets(deployment),
    ...judgeBindings(deployment),
    ...judgeFlags(deployment),
    ...judgeVariables(deployment),
    ...judgeJurisdiction(deployment, expected.jurisdiction),
    ...judgeMigrations(deployment, expected.migrations),
    ...judgeClocks(deployment, ownClockAhead),
  ]
}

function judgeSecrets({ secrets, worker }: Deployment): Finding[] {
  const found: Finding[] = []
  const command = (name: string) => secretCommand(name, worker ?? undefined)
  if (secrets['ADMIN_TOKEN'] === 'weak') {
    const text = 'ADMIN_TOKEN can be guessed: fewer than 32 characters, or too few different ones.'
    found.push(bad('secrets', text, command('ADMIN_TOKEN')))
  }
  if (secrets['ADMIN_TOKEN'] === 'missing') {
    const text = 'There is no ADMIN_TOKEN: only operator tokens and Cloudflare Access let in.'
    found.push(note('secrets', text, command('ADMIN_TOKEN')))
  }
  if (secrets['WEBHOOK_KEY'] === 'weak') {
    const text = 'WEBHOOK_KEY can be guessed, and protects little.'
    found.push(note('secrets', text, 'See "Rotating secrets" in docs/operating.md.'))
  }
  return found.length > 0 ? found : [good('secrets', 'No secret can be guessed.')]
}

function judgeBindings({ bindings, databases, newTenants }: Deployment): Finding[] {
  const absent = Object.entries(bindings).flatMap(([name, isThere]) => (isThere ? [] : [name]))
  const names = databases.map(({ name }) => name)
  const found = absent.map((name) =>
    neededBindings.has(name)
      ? bad(
          'bindings',
          `The binding ${name} is missing: requests fail.`,
          'Take it over from wrangler.toml of this release, and deploy.',
        )
      : note(
          'bindings',
          `The limit ${name} is missing: each isolate counts by itself, or nobody does.`,
          'Take [[ratelimits]] over from wrangler.toml of this release, and deploy.',
        ),
  )
  if (!names.includes(newTenants)) {
    const remedy = `Set NEW_TENANTS in [vars] to one of ${names.join(', ')}, or bind it.`
    const text = `NEW_TENANTS names ${newTenants}, which is no database: no tenant can be made.`
    found.push(bad('bindings', text, remedy))
  }
  if (found.length > 0) return found
  return [good('bindings', `All are there; the databases are ${names.join(', ')}.`)]
}

function judgeFlags({ flags }: Deployment): Finding[] {
  const absent = Object.entries(flags).flatMap(([name, isOn]) => (isOn ? [] : [name]))
  if (absent.length === 0) return [good('flags', `${Object.keys(flags).join(', ')}: on.`)]
  return absent.map((name) =>
    bad(
      'flags',
      `The compatibility flag ${name} is off.`,
      'Take compatibility_flags over from wrangler.toml of this release, and deploy.',
    ),
  )
}

/** Silent while all is well. */
function judgeVariables({ unusable = [] }: Deployment): Finding[] {
  return unusable.map((name) =>
    note(
      'variables',
      `${name} holds what cannot be used, and counts as absent.`,
      'docs/operating.md says what it may hold; set it in [vars], and deploy.',
    ),
  )
}

function judgeJurisdiction(
  { jurisdiction, databases }: Deployment,
  wished: string | undefined,
): Finding[] {
  const name = 'jurisdiction'
  if (jurisdiction !== null && !isJurisdiction(jurisdiction)) {
    const text = `JURISDICTION is "${jurisdiction}", which the platform does not have: changes of teams fail.`
    return [bad(name, text, `Set it to one of ${jurisdictions.join(', ')}, or to nothing.`)]
  }
  if (wished !== undefined && jurisdiction !== wished) {
    const text = `The objects are in ${jurisdiction ?? 'no jurisdiction'}, not in ${wished}.`
    const remedy = `npm run deploy -- --jurisdiction ${wished} says whether the data is there.`
    return [bad(name, text, remedy)]
  }
  if (jurisdiction === null) return [good(name, 'None is set.')]
  const outside = databases.filter(
    ({ region }) => region !== null && !(regions[jurisdiction] ?? [region]).includes(region),
  )
  if (outside.length > 0) {
    return outside.map((database) =>
      bad(
        name,
        `The database ${database.name} answers from ${database.region}, not from ${jurisdiction}.`,
        'It was made elsewhere, and cannot be moved: see "Residence" in docs/operating.md.',
      ),
    )
  }
  const known = databases.flatMap(({ region }) => region ?? [])
  const place = known.length > 0 ? `; D1 answers from ${[...new Set(known)].join(', ')}` : ''
  return [good(name, `${jurisdiction}${place}.`)]
}

function judgeMigrations({ databases }: Deployment, wanted: readonly string[]): Finding[] {
  return databases.map(({ name, migrations }) => {
    if (!migrations) {
      const text = `The database ${name} does not say which migrations it has.`
      return bad('migrations', text, 'npm run deploy applies them.')
    }
    const missing = wanted.filter((file) => !migrations.includes(file))
    const further = migrations.filter((file) => !wanted.includes(file))
    if (missing.length > 0) {
      const text = `The database ${name} lacks ${missing.join(', ')}.`
      return bad('migrations', text, 'npm run deploy applies them.')
    }
    if (further.length > 0) {
      const text = `The database ${name} has ${further.join(', ')}, which this checkout does not know.`
      return note('migrations', text, 'Run the doctor from the checkout that was deployed.')
    }
    return good('migrations', `${name} has all ${wanted.length}.`)
  })
}

function judgeClocks({ databases }: Deployment, ownClockAhead: number): Finding[] {
  const found: Finding[] = databases.flatMap(({ name, clockAhead }) => {
    if (clockAhead === null) {
      return [
        bad('clock', `The database ${name} did not answer.`, 'Look at its state in the dashboard.'),
      ]
    }
    if (Math.abs(clockAhead) <= greatestDifference) return []
    const text = `The clock of ${name} differs from the Worker's by ${clockAhead} ms.`
    const remedy = 'From 8 seconds on no change is carried out. Cloudflare has to mend it.'
    return [bad('clock', text, remedy)]
  })
  if (Math.abs(ownClockAhead) > greatestOwnDifference) {
    const text = `The clock of this machine differs from the Worker's by ${Math.round(ownClockAhead / 1000)} s.`
    found.push(note('clock', text, 'Expiry dates that you compute here are off by as much.'))
  }
  return found.length > 0 ? found : [good('clock', 'The databases and the Worker agree.')]
}
