/** A person and a team through SCIM, in a tenant that is made for it and deleted after. */
import { read, readList, readText, shorten } from '../simulator/json.ts'
import { bad, good, skipped, type Finding } from './finding.ts'

export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly text: string
}

/** Calls an address below the deployment's; `token` is sent as the bearer token. */
export type Call = (method: string, url: string, token: string, body?: unknown) => Promise<Reply>

const user = 'urn:ietf:params:scim:schemas:core:2.0:User'
const group = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** Deletions that are begun and not done yet are asked for again, this many times. */
const deletionTries = 20

class Failure extends Error {}

/** `api` is the address of the administration API. */
export async function tryRoundTrip(
  call: Call,
  api: string,
  operator: string,
  onlyTenant: string | null,
): Promise<Finding[]> {
  const name = 'round trip'
  if (onlyTenant !== null) {
    return [
      skipped(name, `This Worker serves the tenant ${onlyTenant} alone: no other can be tried.`),
    ]
  }
  const slug = `doctor-${crypto.randomUUID().slice(0, 13)}`
  const made = await call('POST', `${api}/tenants`, operator, { slug, name: 'Doctor' })
  if (made.status === 403) {
    return [skipped(name, 'This operator token may only read. Use one with the scope "tenants".')]
  }
  const found: Finding[] = []
  try {
    expectStatus('making a tenant', made, 201)
    const steps = await walk(call, `${api}/tenants/${slug}`, operator)
    found.push(good(name, `${steps} calls of SCIM in the tenant ${slug}: all as they should be.`))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const remedy = "The Worker's log has the request under its X-Request-Id: npx wrangler tail."
    found.push(bad(name, error.message, remedy))
  }
  return made.status === 201
    ? [...found, await remove(call, `${api}/tenants/${slug}`, operator)]
    : found
}

async function walk(call: Call, tenant: string, operator: string): Promise<number> {
  const token = await call('POST', `${tenant}/tokens`, operator, { label: 'doctor' })
  expectStatus('making a token', token, 201)
  const baseUrl = readText(token.body, 'baseUrl') ?? ''
  const secret = readText(token.body, 'token') ?? ''
  let calls = 0
  const scim = async (
    what: string,
    status: number,
    method: string,
    path: string,
    body?: unknown,
  ) => {
    calls += 1
    const reply = await call(method, `${baseUrl}${path}`, secret, body)
    expectStatus(what, reply, status)
    return reply.body
  }
  const filter = encodeURIComponent('userName eq "doctor@example.com"')
  const person = await scim('creating a person', 201, 'POST', '/Users', {
    schemas: [user],
    userName: 'doctor@example.com',
    active: true,
  })
  const personId = readText(person, 'id') ?? ''
  const list = await scim('finding the person', 200, 'GET', `/Users?filter=${filter}`)
  expectTrue('the person is found by name', read(list, 'totalResults') === 1)
  const team = await scim('creating a team', 201, 'POST', '/Groups', {
    schemas: [group],
    displayName: 'Doctor',
  })
  const teamId = readText(team, 'id') ?? ''
  await change('adding the person', { op: 'add', path: 'members', value: [{ value: personId }] })
  const full = await scim('reading the team', 200, 'GET', `/Groups/${teamId}`)
  expectTrue('the person is a member', readText(readList(full, 'members')[0], 'value') === personId)
  await scim('deleting the person', 204, 'DELETE', `/Users/${personId}`)
  const empty = await scim('reading the team again', 200, 'GET', `/Groups/${teamId}`)
  expectTrue('the team is empty', readList(empty, 'members').length === 0)
  await scim('deleting the team', 204, 'DELETE', `/Groups/${teamId}`)
  return calls

  function change(what: string, operation: object) {
    const body = { schemas: [patchOp], Operations: [operation] }
    return scim(what, 200, 'PATCH', `/Groups/${teamId}`, body)
  }
}

async function remove(call: Call, tenant: string, operator: string): Promise<Finding> {
  for (let tries = 0; tries < deletionTries; tries += 1) {
    const { status } = await call('DELETE', tenant, operator)
    if (status === 204) return good('clean-up', 'The tenant of the round trip is deleted.')
    if (status !== 202) {
      const text = `The tenant of the round trip is still there: its deletion answered ${status}.`
      return bad('clean-up', text, `Delete it: curl -X DELETE ${tenant}`)
    }
  }
  return skipped('clean-up', 'The tenant is being deleted; the nightly job ends it.')
}

function expectStatus(what: string, { status, text }: Reply, expected: number): void {
  if (status === expected) return
  throw new Failure(`Failed at ${what}: ${status} in place of ${expected}. ${shorten(text, 200)}`)
}

function expectTrue(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Failure(`It is not so that ${what}.`)
}
