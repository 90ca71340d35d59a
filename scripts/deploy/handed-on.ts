/** Options that `npm run deploy` hands on to `wrangler deploy`, and those of wrangler that it refuses. */
import { err, ok, type Result } from '../../src/result.ts'
import { existingTime } from '../../src/scim/notation/instant.ts'
import type { Options } from '../usage.ts'

const flag = { type: 'boolean' } as const
const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const

/** What a test compares with wrangler's own help. */
export const handedOn = {
  alias: texts,
  assets: text,
  'compatibility-date': text,
  'compatibility-flag': texts,
  'compatibility-flags': texts,
  'containers-rollout': text,
  define: texts,
  domain: texts,
  domains: texts,
  'durable-objects-code-update-mode': text,
  'env-file': texts,
  'experimental-route-zones': flag,
  'jsx-factory': text,
  'jsx-fragment': text,
  'keep-vars': flag,
  latest: flag,
  logpush: flag,
  message: text,
  metafile: text,
  minify: flag,
  'no-bundle': flag,
  'no-upload-source-maps': flag,
  'old-asset-ttl': text,
  outdir: text,
  outfile: text,
  route: texts,
  routes: texts,
  schedule: texts,
  schedules: texts,
  'secrets-file': text,
  strict: flag,
  tag: text,
  triggers: texts,
  tsconfig: text,
  'upload-source-maps': flag,
  var: texts,
  'x-route-zones': flag,
  zone: texts,
  'zone-id': texts,
  'zone-ids': texts,
  zones: texts,
} as const satisfies Options

/** Known in order to be refused: with these the Worker would be another than the plan says, or in another account. */
export const elsewhere = {
  config: { type: 'string', short: 'c' },
  cwd: text,
  'dispatch-namespace': text,
  name: text,
  profile: text,
} as const satisfies Options

/** Variables of the Worker that the plan decides. */
const planned = new Set(['DEPLOYMENT', 'JURISDICTION', 'LOCATION_HINT', 'TENANT', 'WORKER'])

/** Values that wrangler builds with and Cloudflare refuses, when the migrations are applied; undefined for others. */
function findFault(name: string, value: string): string | undefined {
  switch (name) {
    case 'compatibility-date':
      return isPastDay(value)
        ? undefined
        : `--compatibility-date is ${JSON.stringify(value)}; it must be a day up to today, as YYYY-MM-DD.`
    case 'schedule':
    case 'schedules':
    case 'triggers':
      return value.trim().split(/\s+/).length === 5
        ? undefined
        : `--${name} is ${JSON.stringify(value)}; it must be a cron of five fields, such as "*/5 * * * *".`
    case 'old-asset-ttl':
      return /^\d{1,9}$/.test(value)
        ? undefined
        : `--old-asset-ttl is ${JSON.stringify(value)}; it must be a whole number of seconds.`
    default:
      return undefined
  }
}

/** False for a day that does not exist, such as 2026-02-30, and for one to come (UTC). */
function isPastDay(text: string): boolean {
  const begin = /^\d{4}-\d\d-\d\d$/.test(text) ? existingTime(`${text}T00:00:00Z`) : undefined
  return begin !== undefined && begin <= Date.now()
}

/** Refuses what would not be what the plan says, and what could not be published; the error is a sentence for the operator. */
export function checkHandedOn(
  inOrder: readonly (readonly [name: string, text: string, value: string])[],
): Result<void, string> {
  for (const [name, , value] of inOrder) {
    if (Object.hasOwn(elsewhere, name)) {
      return err(
        `npm run deploy takes no --${name}: wrangler.toml names the Worker, and --env another one.`,
      )
    }
    const fault = findFault(name, value)
    if (fault !== undefined) return err(fault)
    if (name !== 'var') continue
    const [, variable] = /^(\w+):/.exec(value) ?? []
    if (variable === undefined) return err('--var is NAME:VALUE.')
    if (planned.has(variable)) {
      return err(`npm run deploy takes no --var ${variable}: the plan decides it.`)
    }
  }
  return ok(undefined)
}
