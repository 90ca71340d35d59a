/** Judges what a deployment says of itself. Pure: no call, no clock. */
import { secretCommand } from '../../src/access/weak-secret.ts'
import {
  isJurisdiction,
  isLocationHint,
  jurisdictions,
  locationHints,
} from '../../src/object-location.ts'
import { bad, good, note, type Finding } from './finding.ts'

/** The answer of `GET /admin/api/deployment`. */
export interface Deployment {
  readonly time: string
  readonly worker: string | null
  readonly tenant: string | null
  readonly newTenants: string
  readonly jurisdiction: string | null
  /** Absent in what older Workers answer. */
  readonly locationHint?: string | null
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

/** Where the deployment is, as seen from here. */
export interface Place {
  /** True on this machine, as `npm run dev` serves it. */
  readonly isLocal: boolean
  /** Milliseconds by which this machine is ahead of the Worker; NaN where the Worker tells no time. */
  readonly ownClockAhead: number
}

export function judge(
  deployment: Deployment,
  expected: Expected,
  { isLocal, ownClockAhead }: Place,
): Finding[] {
  return [
    ...judgeSecrets(deployment),
    ...judgeBindings(deployment, isLocal),
    ...judgeFlags(deployment),
    ...judgeVariables(deployment),
    ...judgeJurisdiction(deployment, expected.jurisdiction),
    ...judgeLocationHint(deployment),
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

/** A local gateway has no limits, unless it is asked for them: then all. */
function judgeBindings(
  { bindings, databases, newTenants }: Deployment,
  isLocal: boolean,
): Finding[] {
  const absent = Object.entries(bindings).flatMap(([name, isThere]) => (isThere ? [] : [name]))
  const names = databases.map(({ name }) => name)
  const limits = Object.keys(bindings).filter((name) => !neededBindings.has(name))
  const isUnlimited = isLocal && limits.every((name) => absent.includes(name))
  const missing = isUnlimited ? absent.filter((name) => neededBindings.has(name)) : absent
  const found = missing.map((name) =>
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
  const all = isUnlimited ? 'All but the limits, which npm run dev has with --limits,' : 'All'
  return [good('bindings', `${all} are there; the databases are ${names.join(', ')}.`)]
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

function judgeLocationHint({ locationHint, jurisdiction, databases }: Deployment): Finding[] {
  const name = 'location'
  const region = databases[0]?.region?.toLowerCase()
  if (!locationHint) {
    // Within a jurisdiction there is nothing to set, and an older Worker does not know it.
    if (jurisdiction !== null || region === undefined || !isLocationHint(region)) return []
    const text = `No LOCATION_HINT: objects are made near whoever calls first; D1 answers from ${region}.`
    return [good(name, text)]
  }
  if (!isLocationHint(locationHint)) {
    const text = `LOCATION_HINT is "${locationHint}", which the platform does not have: it counts as absent.`
    return [bad(name, text, `Set it to one of ${locationHints.join(', ')}, or to nothing.`)]
  }
  if (jurisdiction !== null) {
    const text = `LOCATION_HINT is ${locationHint} and does nothing: the jurisdiction ${jurisdiction} decides.`
    return [note(name, text, 'Set it to nothing.')]
  }
  if (region !== undefined && region !== locationHint) {
    const text = `New objects are made near ${locationHint}, and D1 answers from ${region}.`
    const remedy = `Set LOCATION_HINT to ${region}: each change of a team goes from its object to D1.`
    return [note(name, text, remedy)]
  }
  return [good(name, `New objects are made near ${locationHint}.`)]
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
    if (typeof clockAhead !== 'number') {
      return [
        bad('clock', `The database ${name} did not answer.`, 'Look at its state in the dashboard.'),
      ]
    }
    if (Math.abs(clockAhead) <= greatestDifference) return []
    const text = `The clock of ${name} differs from the Worker's by ${clockAhead} ms.`
    const remedy = 'From 8 seconds on no change is carried out. Cloudflare has to mend it.'
    return [bad('clock', text, remedy)]
  })
  if (Number.isNaN(ownClockAhead)) {
    const text = 'The deployment does not say what time it is.'
    found.push(bad('clock', text, 'Compare its release with this checkout: npm run deploy.'))
  } else if (Math.abs(ownClockAhead) > greatestOwnDifference) {
    const text = `The clock of this machine differs from the Worker's by ${Math.round(ownClockAhead / 1000)} s.`
    found.push(note('clock', text, 'Expiry dates that you compute here are off by as much.'))
  }
  return found.length > 0 ? found : [good('clock', 'The databases and the Worker agree.')]
}
