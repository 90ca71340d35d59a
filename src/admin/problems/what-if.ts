/** Whom changed rules for names and addresses would let in, by the bodies that are kept. Pure. */
import { groupType } from '../../scim/group'
import { reasonOf } from '../../scim/error-body'
import { isObject, type Json } from '../../scim/json'
import { readResource } from '../../scim/resource'
import { applyRules, type AttributeRules } from '../../scim/rules'
import { startReading } from '../../scim/tolerance/reading'
import { userType } from '../../scim/user'
import type { Exchange, Problem } from '../../activity/problems'

/** Refusals that the rules give. */
const ofRules: ReadonlySet<string> = new Set([
  'emailCapitals',
  'notAnAddress',
  'nameCharacters',
  'invisibleCharacters',
])

export interface Effect {
  readonly problem: Problem
  /** `unknown` where the body is not kept, not whole, or no whole person or team. */
  readonly outcome: 'letIn' | 'refused' | 'unknown'
  /** Why not. */
  readonly reason: string
}

export function isOfRules({ code }: Problem): boolean {
  return ofRules.has(code)
}

/** The effect of rules on a refused request: of this one, as everything else was when it came. */
export function effectOf(
  problem: Problem,
  exchange: Exchange | undefined,
  rules: AttributeRules,
): Effect {
  const body = bodyOf(exchange)
  if (problem.kind === 'request' || problem.method === 'PATCH' || !isObject(body)) {
    const reason = 'What was sent is not kept, or is a change of a part.'
    return { problem, outcome: 'unknown', reason }
  }
  const type = problem.kind === 'user' ? userType : groupType
  const read = readResource(startReading(type, 'auto'), body)
  if (!read.ok) return { problem, outcome: 'refused', reason: reasonOf(read.error) }
  const ruled = applyRules(type, rules, undefined, read.value)
  return 'problem' in ruled
    ? { problem, outcome: 'refused', reason: reasonOf(ruled.problem) }
    : { problem, outcome: 'letIn', reason: '' }
}

function bodyOf(exchange: Exchange | undefined): Json | undefined {
  try {
    return exchange && JSON.parse(exchange.sent)
  } catch {
    // It was cut.
    return undefined
  }
}
