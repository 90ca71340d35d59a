/** Examines a deployment from outside, with a credential of its operator. */
import { isObject, parse, read, readList, shorten } from '../simulator/json.ts'
import { bad, good, type Finding } from './finding.ts'
import { judge, type Deployment, type Expected } from './judge.ts'
import { tryRoundTrip, type Call, type Reply } from './round-trip.ts'

/** Milliseconds that an answer may take. */
const patience = 30_000

/** `url` is the address of the deployment, without a path. */
export async function examine(url: string, token: string, expected: Expected): Promise<Finding[]> {
  const reached = await reach(url)
  if (reached.some(({ state }) => state === 'bad')) return reached
  const api = `${url}/admin/api`
  const begun = Date.now()
  const answer = await call('GET', `${api}/deployment`, token)
  const middle = (begun + Date.now()) / 2
  if (answer.status !== 200 || !isDeployment(answer.body)) return [...reached, refusedBy(answer)]
  const deployment = answer.body
  return [
    ...reached,
    ...judge(deployment, expected, {
      isLocal: isLocal(url),
      ownClockAhead: middle - Date.parse(deployment.time),
    }),
    ...(await tryRoundTrip(call, api, token, deployment.tenant)),
  ]
}

/** Tells the answer of a gateway from that of something else; the judgement looks at each value by itself. */
function isDeployment(body: unknown): body is Deployment {
  const databases = readList(body, 'databases')
  return (
    ['secrets', 'bindings', 'flags'].every((name) => isObject(read(body, name))) &&
    databases.length > 0 &&
    databases.every(isObject)
  )
}

async function reach(url: string): Promise<Finding[]> {
  const found: Finding[] = []
  if (new URL(url).protocol === 'http:' && !isLocal(url)) {
    const text = 'The address is http: tokens and people would travel in the open.'
    found.push(bad('address', text, 'Use the https address, and switch "Always Use HTTPS" on.'))
  }
  const { status, text } = await call('GET', `${url}/healthz`, '')
  if (status === 200) return [...found, good('health', '/healthz answers 200.')]
  const what = status === 0 ? text : `/healthz answers ${status}: ${shorten(text, 200)}`
  const remedy =
    status === 0
      ? 'Check the address, and that the Worker is deployed: npm run deploy.'
      : 'npm run deploy applies the migrations; npx wrangler tail shows why a database is out of reach.'
  return [...found, bad('health', what, remedy)]
}

function isLocal(url: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname)
}

function refusedBy({ status, text }: Reply): Finding {
  const name = 'credential'
  switch (status) {
    case 401:
      return bad(
        name,
        'The deployment does not know this operator secret or token.',
        'Give the right one in the variable ADMIN_TOKEN. After ten wrong ones it waits for a minute.',
      )
    case 404:
      return bad(
        name,
        'The deployment has no /admin/api/deployment.',
        'It runs an older version, or is no Rollcall: npm run deploy.',
      )
    case 429:
      return bad(name, 'Too many wrong secrets came from this address.', 'Try again in a minute.')
    case 302:
    case 303:
      return bad(
        name,
        'Something in front of the deployment asks to sign in, such as Cloudflare Access.',
        'Use a host that Access does not guard, or exempt /admin/api from it.',
      )
    default:
      return bad(
        name,
        `The administration answers ${status}: ${shorten(text, 200)}`,
        'The log of the Worker says why: npx wrangler tail.',
      )
  }
}

const call: Call = async (method, url, token, body) => {
  const headers: Record<string, string> = {}
  if (token !== '') headers['Authorization'] = `Bearer ${token}`
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, body: parse(text).body }
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return { status: 0, text: `No answer from ${url}: ${String(cause)}`, body: undefined }
  }
}
