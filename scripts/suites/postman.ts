/**
 * Collections of Postman 2.1: Microsoft publishes its tests of SCIM so. Tests are scripts; of what
 * they may name, this knows what such a collection uses, and a script that names more fails for it.
 */
import { isDeepStrictEqual } from 'node:util'
import { isObject, parse, readList, readText, shown, type JsonObject } from '../simulator/json.ts'
import type { Target } from '../target.ts'
import { problemOf, runScript } from './script.ts'
import { type Claim, type Step, type Suite, type SuiteAnswer, type Variables } from './suite.ts'

/** Reads a collection for a server. A request for a token is left out: the token is given. */
export function readPostman(collection: JsonObject, target: Target): Suite {
  const { protocol, hostname, port, pathname } = new URL(target.url)
  const items = flatten(collection)
  const isForToken = ({ request }: JsonObject) => /\/token(\?|$)/i.test(addressOf(request))
  return {
    name: readText(collection, 'info', 'name') ?? 'collection without a name',
    variables: new Map([
      ['Protocol', protocol.slice(0, -1)],
      ['Server', hostname],
      ['Port', port === '' ? '' : `:${port}`],
      ['Api', pathname.replaceAll(/^\/+|\/+$/g, '')],
      ['token', target.token],
    ]),
    steps: items.filter((item) => !isForToken(item)).map(readStep),
    skipped: items.filter(isForToken).map((item) => `${nameOf(item)}: the token is given`),
  }
}

/** Every request, in order: folders hold items, and folders. */
function flatten(folder: JsonObject): readonly JsonObject[] {
  return readList(folder, 'item')
    .filter(isObject)
    .flatMap((item) => (Array.isArray(item['item']) ? flatten(item) : [item]))
}

function nameOf(item: JsonObject): string {
  return readText(item, 'name') ?? 'request without a name'
}

/** The address in its parts, as Postman sends it: the text beside them may differ in case. */
function addressOf(request: unknown): string {
  const path = readList(request, 'url', 'path').map(String).join('/')
  const raw = readText(request, 'url', 'raw') ?? readText(request, 'url') ?? ''
  if (path === '') return raw
  const query = raw.includes('?') ? raw.slice(raw.indexOf('?')) : ''
  const host = readList(request, 'url', 'host').map(String).join('.')
  return `${readText(request, 'url', 'protocol') ?? 'http'}://${host}/${path}${query}`
}

function readStep(item: JsonObject): Step {
  const { request } = item
  const method = readText(request, 'method') ?? 'GET'
  const body = method === 'GET' ? undefined : readText(request, 'body', 'raw')
  const scripts = readList(item, 'event')
    .filter((event) => readText(event, 'listen') === 'test')
    .map((event) => [...readList(event, 'script', 'exec')].join('\n'))
  return {
    name: nameOf(item),
    request: {
      method,
      url: addressOf(request),
      headers: {
        Authorization: 'Bearer {{token}}',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headersOf(request),
      },
      ...(body === undefined ? {} : { body }),
    },
    judge: (answer, variables) => scripts.flatMap((script) => judge(script, answer, variables)),
  }
}

function headersOf(request: unknown): Readonly<Record<string, string>> {
  const isSent = (header: unknown) => isObject(header) && header['disabled'] !== true
  return Object.fromEntries(
    readList(request, 'header')
      .filter(isSent)
      .map((header) => [readText(header, 'key') ?? '', readText(header, 'value') ?? '']),
  )
}

/** Runs one script: each `pm.test` in it is a claim, and so is that it comes to its end. */
function judge(source: string, answer: SuiteAnswer, variables: Variables): readonly Claim[] {
  const claims: Claim[] = []
  const environment = {
    get: (name: string) => variables.get(name),
    set: (name: string, value: unknown) => void variables.set(name, String(value)),
  }
  const problem = runScript(source, {
    responseBody: answer.text,
    postman: { setEnvironmentVariable: environment.set },
    pm: {
      environment,
      variables: environment,
      expect,
      response: {
        code: answer.status,
        text: () => answer.text,
        json: () => parseAnswer(answer.text),
        to: { have: { status: (wanted: number) => expect(answer.status).to.eql(wanted) } },
      },
      test: (name: string, check: () => void) => {
        const found = problemOf(check)
        claims.push({ name, ...(found === undefined ? {} : { problem: found }) })
      },
    },
  })
  return problem === undefined ? claims : [...claims, { name: 'script', problem }]
}

function parseAnswer(text: string): unknown {
  const { body, isJson } = parse(text)
  if (!isJson) throw new Error(`The answer is no JSON: ${shown(text, 100)}.`)
  return body
}

/** The part of Chai's `expect` that is used: equal as JSON, and containing. */
function expect(actual: unknown) {
  const require = (isGood: boolean, sentence: string): void => {
    if (!isGood) throw new Error(`${shown(actual, 120)} ${sentence}.`)
  }
  const eql = (wanted: unknown) =>
    require(isDeepStrictEqual(plain(actual), plain(wanted)), `is not ${shown(wanted)}`)
  return {
    to: {
      eql,
      equal: eql,
      include: (wanted: unknown) => require(includes(actual, wanted), `lacks ${shown(wanted)}`),
      not: {
        include: (wanted: unknown) => require(!includes(actual, wanted), `holds ${shown(wanted)}`),
      },
    },
  }
}

/** A copy of this context: objects of a script have prototypes of their own. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)
}

function includes(actual: unknown, wanted: unknown): boolean {
  if (typeof actual === 'string') return actual.includes(String(wanted))
  return Array.isArray(actual) && actual.some((one) => isDeepStrictEqual(plain(one), plain(wanted)))
}
