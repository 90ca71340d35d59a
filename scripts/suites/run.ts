/** Runs a published suite against a server, step by step: a later step may need what an earlier one made. */
import { err, ok, type Result } from '../../src/result.ts'
import { isObject, parse, readBody, readNumber, shorten } from '../simulator/json.ts'
import type { Target } from '../target.ts'
import { readPostman } from './postman.ts'
import { readRunscope } from './runscope.ts'
import {
  fill,
  type Claim,
  type Suite,
  type SuiteAnswer,
  type SuiteRequest,
  type Variables,
} from './suite.ts'

export interface StepReport {
  readonly name: string
  readonly request: string
  readonly status: number
  readonly claims: readonly Claim[]
}

export interface SuiteReport {
  readonly name: string
  readonly steps: readonly StepReport[]
  readonly skipped: readonly string[]
  readonly held: number
  readonly of: number
}

/** Milliseconds that an answer may take. */
const patience = 60_000

/** Reads a suite in either format; the error is a sentence for the person who named the file. */
export function readSuite(text: string, target: Target): Result<Suite, string> {
  const { body } = parse(text)
  if (!isObject(body)) return err('The file holds no suite: it is no JSON object.')
  if (Array.isArray(body['steps'])) return ok(readRunscope(body, target))
  if (Array.isArray(body['item'])) return ok(readPostman(body, target))
  return err(
    'The file is neither an export of Runscope ("steps") nor a Postman collection ("item").',
  )
}

export async function runSuite(
  suite: Suite,
  onStep: (step: StepReport) => void = () => undefined,
): Promise<SuiteReport> {
  const { name, steps, skipped, variables } = suite
  const reports: StepReport[] = []
  for (const step of steps) {
    const request = filled(step.request, variables)
    const answer = await send(request)
    const claims =
      typeof answer === 'string'
        ? [{ name: 'answer', problem: answer }]
        : step.judge(answer, variables)
    const report = {
      name: step.name,
      request: shorten(`${request.method} ${request.url}`),
      status: typeof answer === 'string' ? 0 : answer.status,
      claims,
    }
    reports.push(report)
    onStep(report)
  }
  const claims = reports.flatMap((report) => report.claims)
  const held = claims.filter(({ problem }) => problem === undefined).length
  return { name, steps: reports, skipped, held, of: claims.length }
}

/** Makes one person where there is nobody: Okta's guide asks for it before its first step. */
export async function fillEmptyDirectory({ url, token }: Target): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/scim+json' }
  const found = await send({ method: 'GET', url: `${url}/Users?count=1`, headers })
  if (typeof found === 'string' || readNumber(found.body, 'totalResults') !== 0) return false
  const person = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'first.person@example.com',
    name: { givenName: 'First', familyName: 'Person' },
    emails: [{ value: 'first.person@example.com', type: 'work', primary: true }],
    active: true,
  }
  const made = await send({
    method: 'POST',
    url: `${url}/Users`,
    headers,
    body: JSON.stringify(person),
  })
  return typeof made !== 'string' && made.status === 201
}

function filled({ method, url, headers, body }: SuiteRequest, variables: Variables): SuiteRequest {
  return {
    method,
    url: fill(url, variables),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, fill(value, variables)]),
    ),
    ...(body === undefined ? {} : { body: fill(body, variables) }),
  }
}

/** The answer, or the reason why there is none. */
async function send({ url, ...init }: SuiteRequest): Promise<SuiteAnswer | string> {
  const start = performance.now()
  try {
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    const text = await readBody(response)
    const milliseconds = performance.now() - start
    return { status: response.status, text, body: parse(text).body, milliseconds }
  } catch (error) {
    return `There was no answer: ${shorten(String(error))}.`
  }
}
