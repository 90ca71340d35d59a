/**
 * Suites that Runscope exports: Okta publishes its SPEC test so. A step has comparisons as data; its
 * scripts have `assert`, `log` and the response.
 */
import { randomInt } from 'node:crypto'
import { isObject, readList, readText, shown, type JsonObject } from '../simulator/json.ts'
import type { Target } from '../target.ts'
import { runScript } from './script.ts'
import {
  fill,
  type Claim,
  type Step,
  type Suite,
  type SuiteAnswer,
  type Variables,
} from './suite.ts'

/** Reads a suite for a server. Steps that pause are left out: an answer here waits for its write. */
export function readRunscope(suite: JsonObject, target: Target): Suite {
  const steps = readList(suite, 'steps').filter(isObject)
  const requests = steps.filter((step) => step['step_type'] === 'request')
  return {
    name: readText(suite, 'name') ?? 'suite without a name',
    variables: startingVariables(target),
    steps: requests.filter(({ skipped }) => skipped !== true).map(readStep),
    skipped: [
      ...requests
        .filter(({ skipped }) => skipped === true)
        .map((step) => `${nameOf(step)}: the suite says so`),
      ...steps
        .filter(({ step_type: type }) => type !== 'request' && type !== 'pause')
        .map((step) => `${shown(step['step_type'])}: a kind of step that is not understood`),
    ],
  }
}

/**
 * Values that Okta's guide has made up by a script before the first request: an address whose person has
 * capitals, as Okta's users do, is at once the userName.
 */
function startingVariables({ url, token }: Target): Variables {
  const given = `Runscope${randomInt(100, 1000)}`
  const letters = Array.from({ length: 8 }, () => String.fromCodePoint(97 + randomInt(26)))
  const family = `H${letters.join('')}${randomInt(100, 1000)}`
  return new Map([
    ['SCIMBaseURL', url],
    ['auth', `Bearer ${token}`],
    ['InvalidUserEmail', 'abcdefgh@example.com'],
    ['UserIdThatDoesNotExist', '010101001010101011001010101011'],
    ['randomGivenName', given],
    ['randomFamilyName', family],
    ['randomEmail', `${given}${family}@example.com`],
    ['randomUsername', `${given}${family}@example.com`],
    ['randomUsernameCaps', `${`${given}${family}`.toUpperCase()}@example.com`],
  ])
}

function nameOf(step: JsonObject): string {
  return (readText(step, 'note') ?? `${readText(step, 'method')} ${readText(step, 'url')}`).trim()
}

function readStep(step: JsonObject): Step {
  const headers = isObject(step['headers']) ? step['headers'] : {}
  const body = readText(step, 'body')
  return {
    name: nameOf(step),
    request: {
      method: readText(step, 'method') ?? 'GET',
      url: readText(step, 'url') ?? '',
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, values]) => [name, [values].flat().join(', ')]),
      ),
      ...(body === undefined || body === '' ? {} : { body }),
    },
    judge: (answer, variables) => {
      for (const wanted of readList(step, 'variables')) note(wanted, answer, variables)
      return [
        ...readList(step, 'assertions').map((one) => judge(one, answer, variables)),
        ...readList(step, 'scripts')
          .filter((source) => typeof source === 'string' && source.trim() !== '')
          .map((source) => judgeScript(String(source), answer, variables)),
      ]
    },
  }
}

function note(wanted: unknown, answer: SuiteAnswer, variables: Variables): void {
  const name = readText(wanted, 'name')
  const value = find(wanted, answer)
  if (name !== undefined && value !== undefined) variables.set(name, textOf(value))
}

/** What an assertion or a variable is about, by the name of its source. */
const sources: ReadonlyMap<string, (answer: SuiteAnswer, property: string) => unknown> = new Map([
  ['response_status', ({ status }) => status],
  ['response_time', ({ milliseconds }) => milliseconds],
  ['response_text', ({ text }) => text],
  ['response_json', ({ body }, property) => follow(body, property)],
])

function find(one: unknown, answer: SuiteAnswer): unknown {
  const source = sources.get(readText(one, 'source') ?? '')
  return source?.(answer, readText(one, 'property') ?? '')
}

/** Follows a path such as `Resources[0].name.familyName`. */
function follow(body: unknown, path: string): unknown {
  let present = body
  for (const part of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof present !== 'object' || present === null || !Object.hasOwn(present, part)) {
      return undefined
    }
    present = (present as JsonObject)[part]
  }
  return present
}

/** A value as comparisons of text see it. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Comparisons by their names in the export; each is case exact, as those of Runscope are. */
const comparisons: Readonly<Record<string, (actual: unknown, wanted: string) => boolean>> = {
  equal: (actual, wanted) => textOf(actual) === wanted,
  not_equal: (actual, wanted) => textOf(actual) !== wanted,
  equal_number: (actual, wanted) => textOf(actual) !== '' && Number(actual) === Number(wanted),
  empty: (actual) => ['', '[]', '{}'].includes(textOf(actual)),
  not_empty: (actual) => !['', '[]', '{}'].includes(textOf(actual)),
  contains: (actual, wanted) => textOf(actual).includes(wanted),
  has_value: (actual, wanted) =>
    typeof actual === 'object' &&
    actual !== null &&
    Object.values(actual).map(textOf).includes(wanted),
  is_a_number: (actual) => textOf(actual) !== '' && Number.isFinite(Number(actual)),
  is_less_than: (actual, wanted) => Number(actual) < Number(wanted),
  is_greater_than: (actual, wanted) => Number(actual) > Number(wanted),
}

function judge(one: unknown, answer: SuiteAnswer, variables: Variables): Claim {
  const comparison = readText(one, 'comparison') ?? ''
  const subject = readText(one, 'property') ?? readText(one, 'source') ?? ''
  const wanted = fill(textOf(isObject(one) ? one['value'] : undefined), variables)
  const name = [subject, comparison, wanted].filter((part) => part !== '').join(' ')
  const compare = Object.hasOwn(comparisons, comparison) ? comparisons[comparison] : undefined
  if (!compare) return { name, problem: 'This comparison is not understood.' }
  const actual = find(one, answer)
  return compare(actual, wanted) ? { name } : { name, problem: `It is ${shown(actual)}.` }
}

/** A script is one claim: it comes to its end, and asserts something. */
function judgeScript(source: string, answer: SuiteAnswer, variables: Variables): Claim {
  let count = 0
  const assert = (value: unknown, message?: unknown): void => {
    count += 1
    if (!value) throw new Error(textOf(message ?? 'An assertion does not hold.'))
  }
  const problem = runScript(source, {
    response: { status: answer.status, body: answer.text, responseTime: answer.milliseconds },
    variables: {
      get: (name: string) => variables.get(name),
      set: (name: string, value: unknown) => void variables.set(name, textOf(value)),
    },
    assert: Object.assign(assert, { ok: assert }),
    log: () => undefined,
  })
  const vacuous = count === 0 ? 'It asserted nothing.' : undefined
  const found = problem ?? vacuous
  return { name: 'script', ...(found === undefined ? {} : { problem: found }) }
}
