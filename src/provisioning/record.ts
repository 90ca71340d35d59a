/**
 * Records of a request that are written after its answer: the use of its token, its refusal, and
 * what was passed over.
 */
import { BoundedMap } from '../bounded-map'
import type { ScimError } from '../scim/error'
import { errorBody, statusOf } from '../scim/error-body'
import type { JsonObject } from '../scim/json'
import { subjectOf } from '../activity/identity'
import { redactedText } from '../activity/redact'
import type { LoggedRequest, RefusedRequest } from '../activity/refused'
import { causeOf } from '../directory/request'
import { pathBelow } from '../http/path'
import {
  bounded,
  countsOf,
  joinPassed,
  passedInQuery,
  type Passed,
} from '../scim/passed-over/notes'
import { withoutSecrets } from '../scim/text/secrets'
import type { PassedOver, Reading } from '../scim/tolerance/reading'
import { countGrowth, lineBytes, noteGrowth } from '../tenants/growth'
import { useInterval } from '../time'
import { discoveryInterval, recordUse, type Credential } from '../tokens/credential'
import { afterResponse, type ScimContext } from './context'
import { isReading } from './reply'
import { directoryRequest } from './request'

/** Tokens of which an isolate remembers something. */
const maximumRemembered = 10_000

/** Use of each token that its row in D1 does not tell yet, and the times of what it tells. */
const unwritten = new BoundedMap<
  string,
  { at: number; directoryAt: number; requests: number; configReads: number }
>(maximumRemembered)

/**
 * Counts the request; the counts of a token are written at most once in `useInterval`, while it asks for
 * discovery alone more often: the live check tells who reads the configuration and stops there.
 */
export function noteUse(c: ScimContext, { tokenId, isClient = false }: Credential): void {
  const now = Date.now()
  const path = pathBelow(c.req.path)
  const isDirectory = !/^\/(ServiceProviderConfig|ResourceTypes|Schemas)(\/|$)/.test(path)
  const isConfig = path === '/ServiceProviderConfig'
  const known = unwritten.get(tokenId) ?? { at: 0, directoryAt: 0, requests: 0, configReads: 0 }
  const requests = known.requests + 1
  const configReads = known.configReads + (isConfig ? 1 : 0)
  const isRecent =
    now - known.directoryAt < useInterval || (!isDirectory && now - known.at < discoveryInterval)
  if (isRecent) {
    unwritten.set(tokenId, { ...known, requests, configReads })
    return
  }
  const directoryAt = isDirectory ? now : known.directoryAt
  unwritten.set(tokenId, { at: now, directoryAt, requests: 0, configReads: 0 })
  const address = c.req.header('CF-Connecting-IP') ?? null
  const agent = c.req.header('User-Agent')?.slice(0, 200) ?? null
  const use = { tokenId, isClient, requests, configReads, isDirectory, address, agent }
  afterResponse(c, recordUse(c.env.DB, use))
}

/** Counts what the tenant stores; of one that is full before the answer, so that the next request finds room. */
export async function countWritten(c: ScimContext, credential: Credential): Promise<void> {
  const counted = countGrowth(c.env.DB, credential)
  if (credential.isFull) await counted
  else if (counted) afterResponse(c, counted)
}

/** Refused changes, kept for the provisioning log. A change that succeeded has its events. */
export function noteRefusal(c: ScimContext, credential: Credential): void {
  const refused = c.get('refused')
  const hasRefused = refused !== undefined || c.get('refusedOperations') !== undefined
  if (!hasRefused || isReading(c)) return
  const all = refused
    ? [refusalOf(c, credential, refused, { body: c.get('body') })]
    : operationsRefused(c, credential)
  const records = all.filter(({ code }) => isLogged(credential, code))
  if (records.length === 0) return
  // Before anything is waited for: what is counted after this request has these bytes.
  for (const { tenantId, detail, cause, exchange } of records) {
    const kept = exchange ? lineBytes(exchange.sent, exchange.answered) : 0
    noteGrowth(tenantId, { lines: lineBytes(detail, JSON.stringify(cause)) + kept })
  }
  afterResponse(c, writeRefusals(c, records))
}

async function writeRefusals(c: ScimContext, records: readonly RefusedRequest[]): Promise<void> {
  const { recordRefusals } = await import('../activity/record')
  await recordRefusals(c.env.DB, records)
}

/** Lines that an isolate has logged of a full tenant for each token in an hour. */
const loggedAsFull = new BoundedMap<string, { readonly hour: number; readonly count: number }>(
  maximumRemembered,
)

/**
 * What a full tenant refuses, whatever the reason, and what it passes over, does not fill it further:
 * 100 lines an hour tell it.
 */
function isLogged({ tokenId, isFull }: Credential, code?: RefusedRequest['code']): boolean {
  if (!isFull && code !== 'tenantFull') return true
  const hour = Math.floor(Date.now() / 3_600_000)
  const known = loggedAsFull.get(tokenId)
  const count = known?.hour === hour ? known.count + 1 : 1
  loggedAsFull.set(tokenId, { hour, count })
  return count <= maximumLogged
}

/** Each operation of a Bulk as a request of its own; the last line counts what is not shown. */
function operationsRefused(c: ScimContext, credential: Credential): RefusedRequest[] {
  const refused = c.get('refusedOperations') ?? []
  const records = refused
    .slice(0, maximumLogged)
    .map(({ method, path, subject, data, error }) =>
      refusalOf(c, credential, error, { method, path, subject: subject ?? null, body: data }),
    )
  const last = records.at(-1)
  if (!last || refused.length === records.length) return records
  const others = `${refused.length - records.length} further operations were refused.`
  return [...records.slice(0, -1), { ...last, detail: `${last.detail} ${others}` }]
}

function refusalOf(
  c: ScimContext,
  credential: Credential,
  error: ScimError,
  { body, ...part }: RefusedPart,
): RefusedRequest {
  const request = { ...logged(c, credential), subject: c.get('subject') ?? null, ...part }
  const answer = errorBody(error)
  return {
    ...request,
    status: statusOf(error),
    code: error.code,
    detail: answer.detail.slice(0, 1_000),
    cause: { ...causeOf({ ...directoryRequest(c), credential }), ...takenBy(error) },
    about: subjectOf(request.method, request.path, body),
    exchange:
      credential.settings.retention.exchanges > 0
        ? {
            sent: body ? redactedText(body) : '',
            answered: JSON.stringify(answer, null, 1).slice(0, 2_000),
          }
        : undefined,
  }
}

/** A refused operation of a Bulk, or the body of a request. */
interface RefusedPart {
  readonly method?: string
  readonly path?: string
  readonly subject?: string | null
  readonly body: JsonObject | undefined
}

/** The name that somebody else has, with the identifier of the person who wanted it. */
function takenBy({ code, values }: ScimError): Pick<RefusedRequest['cause'], 'taken'> {
  const { userName, externalId } = values
  return code === 'userNameTaken' && userName !== undefined && externalId !== undefined
    ? { taken: { userName: String(userName), externalId: String(externalId) } }
    : {}
}

function logged(c: ScimContext, { tenantId }: Credential) {
  const path = withoutSecrets(pathBelow(c.req.path).slice(0, 200))
  return { tenantId, method: c.req.method, path }
}

/** Entries of one request in the log; a Bulk may have many. */
const maximumLogged = 100

/** Notes what a command passed over, for `tellPassedOver`. */
export function notePassedOver(c: ScimContext, passed: Passed): void {
  if (passed.all.length > 0) c.set('passed', [...(c.get('passed') ?? []), passed])
}

/** Notes what the reading of a query needed, once: a search reads it for each resource type. */
export function noteReading(c: ScimContext, reading: Reading, what: string): void {
  if (reading.passed.length === 0 && reading.applied.size === 0) return
  const read = passedInQuery(reading, what)
  const known = new Set(c.get('passed')?.flatMap(({ all }) => all.map(({ name }) => name)))
  const all = read.all.filter(({ name }) => !known.has(name))
  notePassedOver(c, { ...read, all, untold: all })
}

const readInterval = 3_600_000

/** When the log has told last of what the reads of each token need: it tells it once an hour. */
const toldOfReads = new BoundedMap<string, number>(maximumRemembered)

/** Entries that the log has not told lately: a client that looks up so does it by the thousand. */
function notToldLately(
  entries: readonly PassedOver[],
  { tokenId }: Credential,
): readonly PassedOver[] {
  const now = Date.now()
  return entries.filter(({ name }) => {
    const key = `${tokenId} ${name}`
    const isTold = now - (toldOfReads.get(key) ?? 0) < readInterval
    if (!isTold) toldOfReads.set(key, now)
    return !isTold
  })
}

/**
 * Says what a request that is done has passed over: how many of what in the header `X-Passed-Over`, and
 * in the log what no event tells.
 */
export function tellPassedOver(c: ScimContext, credential: Credential): void {
  const list = c.get('passed')
  if (!list || !c.res.ok) return
  const { all, untold: entries, tolerated } = joinPassed(list)
  const counts = countsOf(all)
  if (counts !== undefined) c.res.headers.set('X-Passed-Over', counts)
  const untold =
    isReading(c) || c.req.path.endsWith('.search') ? notToldLately(entries, credential) : entries
  if (untold.length === 0 || !isLogged(credential)) return
  const request = { ...directoryRequest(c), credential }
  const record = {
    ...logged(c, credential),
    status: c.res.status,
    subject: c.get('subject') ?? null,
    cause: {
      ...causeOf(request, { applied: new Set(tolerated), passed: [] }),
      passedOver: bounded(untold, maximumLogged),
    },
  }
  noteGrowth(record.tenantId, { lines: lineBytes(JSON.stringify(record.cause)) })
  afterResponse(c, writePassedOver(c, record))
}

async function writePassedOver(c: ScimContext, record: LoggedRequest): Promise<void> {
  const { recordPassedOver } = await import('../activity/record')
  await recordPassedOver(c.env.DB, record)
}
