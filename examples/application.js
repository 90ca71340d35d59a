/**
 * An application that keeps its own tables of people, teams and memberships in step with a tenant.
 * Plain JavaScript for Node 20 or newer, without a package:
 *
 *   ROLLCALL_URL=http://127.0.0.1:8787 ROLLCALL_TENANT=demo ROLLCALL_KEY=… \
 *     node examples/application.js application.json
 *
 * Here the tables are one file, saved together with the number of the last event that they contain.
 * A product writes both in one transaction of its database. Whenever the process is killed, the
 * next one continues after exactly that event.
 *
 * @import { EventPage, MemberPage, TeamPage, UserPage } from '../src/application/answers.ts'
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

for (const name of ['ROLLCALL_URL', 'ROLLCALL_TENANT', 'ROLLCALL_KEY']) {
  if (!process.env[name]) stop(2, `Set ${name}; the head of this file shows how.`)
}
const { ROLLCALL_URL: url, ROLLCALL_TENANT: tenant, ROLLCALL_KEY: key } = process.env
const file = process.argv[2] ?? 'application.json'
if (!/^https?:\/\//.test(url ?? '') || !URL.canParse(url ?? '')) {
  stop(2, `ROLLCALL_URL is ${JSON.stringify(url)}; it must be an http or https address.`)
}

/**
 * @typedef {object} Tables
 * @property {number} seq Number of the last event that the tables contain.
 * @property {string} log The log that the number counts in.
 * @property {Record<string, { name: string, active: boolean }>} people By id.
 * @property {Record<string, { name: string }>} teams By id.
 * @property {Record<string, true>} memberships By `team person`.
 */

/** @returns {Tables | undefined} Undefined before the first synchronization. */
function load() {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  } catch (error) {
    return stop(2, `${file} cannot be read: ${reasonOf(error)}.`)
  }
}

/**
 * Replaces the file in one step, so that it always has the old tables or the new ones.
 * @param {Tables} tables
 */
function save(tables) {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(tables))
    renameSync(`${file}.new`, file)
  } catch (error) {
    stop(2, `${file} cannot be written: ${reasonOf(error)}.`)
  }
}

/**
 * @param {Tables} tables
 * @param {EventPage['events'][number]} event
 */
function apply(tables, event) {
  const { people, teams, memberships } = tables
  const { id } = event.resource
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- other types change no table
  switch (event.type) {
    case 'user.created':
    case 'user.updated':
    case 'user.deactivated':
    case 'user.reactivated':
      people[id] = { name: event.resource.userName, active: event.resource.active }
      break
    case 'user.deleted':
      delete people[id]
      break
    case 'team.created':
    case 'team.renamed':
    case 'team.updated':
      teams[id] = { name: event.resource.displayName }
      break
    case 'team.deleted':
      delete teams[id]
      break
    case 'team.member_added':
      memberships[`${id} ${event.member.id}`] = true
      break
    case 'team.member_removed':
      delete memberships[`${id} ${event.member.id}`]
      break
  }
  tables.seq = event.seq
  tables.log = event.log
}

/**
 * Reads and saves everything. The number comes first: what changes while the lists are read is
 * repeated by the events after that number.
 */
async function synchronize() {
  const latest = /** @type {EventPage | undefined} */ (await get('/events?after=latest'))
  if (!latest) return stop(1, `There is no tenant ${tenant} at ${url}.`)
  const { asOf: seq, log } = latest
  /** @type {Tables} */
  const tables = { seq, log, people: {}, teams: {}, memberships: {} }
  for await (const { users } of /** @type {AsyncIterable<UserPage>} */ (pages('/users'))) {
    for (const { id, userName, active } of users) tables.people[id] = { name: userName, active }
  }
  for await (const { teams } of /** @type {AsyncIterable<TeamPage>} */ (pages('/teams'))) {
    for (const { id, displayName } of teams) tables.teams[id] = { name: displayName }
  }
  for (const team of Object.keys(tables.teams)) {
    const list = /** @type {AsyncIterable<MemberPage>} */ (pages(`/teams/${team}/members`))
    for await (const { members } of list) {
      for (const { id } of members) tables.memberships[`${team} ${id}`] = true
    }
  }
  save(tables)
  const [people, teams] = [tables.people, tables.teams].map((table) => Object.keys(table).length)
  console.log(`${tenant}: ${people} people, ${teams} teams, up to event ${seq}`)
}

/** @param {string} path */
async function* pages(path) {
  for (let cursor = ''; ;) {
    const page = await get(`${path}?limit=1000${cursor}`)
    // A team that was deleted since the list of teams was read: its event follows.
    if (page === undefined) return
    yield page
    if (page.next === null) return
    cursor = `&cursor=${encodeURIComponent(page.next)}`
  }
}

/**
 * Waits up to 30 seconds for events and applies at most 1,000 of them.
 * @param {Tables} tables
 */
async function follow(tables) {
  const path = `/events?after=${tables.seq}&log=${tables.log}&limit=1000&wait=30`
  const page = /** @type {EventPage | undefined} */ (await get(path))
  // The log no longer has the next event, or is another log.
  if (!page) return synchronize()
  for (const event of page.events) apply(tables, event)
  if (page.events.length > 0) save(tables)
  for (const { seq, type } of page.events) console.log(seq, type)
  // Shows the operator how far the application is; needs a key with the scope `read-ack`.
  await call('/events/ack', {
    method: 'POST',
    body: JSON.stringify({ seq: tables.seq, log: tables.log }),
  })
}

/**
 * The body of the answer; undefined for 404 and 410.
 * @param {string} path
 */
async function get(path) {
  const answer = await call(path)
  return answer.ok ? answer.json() : undefined
}

/**
 * @param {string} path Below the tenant.
 * @param {RequestInit} [init]
 */
async function call(path, init) {
  const headers = { Authorization: `Bearer ${key}` }
  const answer = await fetch(`${url}/api/v1/tenants/${tenant}${path}`, { ...init, headers })
  if (answer.ok || answer.status === 404 || answer.status === 410) return answer
  const text = await answer.text()
  // Another key is needed, and to ask again with this one does not help.
  if (answer.status === 401 || answer.status === 403) {
    const isProblem = answer.headers.get('Content-Type') === 'application/problem+json'
    stop(1, isProblem ? JSON.parse(text).detail : `${answer.status} ${text}`)
  }
  throw new Error(`${answer.status} ${text}`)
}

/**
 * `fetch` hides the reason in its cause.
 * @param {unknown} error
 */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error
    ? `${error.message}: ${error.cause.message || error.cause.name}`
    : error.message
}

/**
 * @param {number} code
 * @param {string} sentence
 * @returns {never}
 */
function stop(code, sentence) {
  console.error(sentence)
  process.exit(code)
}

for (;;) {
  try {
    // The file is the truth: a change that was not saved has not been made.
    const tables = load()
    if (tables) await follow(tables)
    else await synchronize()
  } catch (error) {
    // The gateway does not answer, or answers 429, 500 or 503: try again.
    console.error(reasonOf(error))
    await setTimeout(1_000)
  }
}
