/** Whom changed rules for names and addresses would let in, by the bodies that are kept. Pure. */
import { reasonOf } from '../../scim/error-body'
import { isObject, type Json } from '../../scim/json'
import { readResource } from '../../scim/resource'
import { applyRules, type AttributeRules } from '../../scim/rules'
import { startReading } from '../../scim/tolerance/reading'
import { groupTypeOf, userTypeOf } from '../../tenants/settings'
import type { Tenant } from '../../tenants/tenant'
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
  tenant: Tenant,
  problem: Problem,
  exchange: Exchange | undefined,
  rules: AttributeRules,
): Effect {
  const body = bodyOf(exchange)
  if (problem.kind === 'request' || problem.method === 'PATCH' || !isObject(body)) {
    const reason = 'What was sent is not kept, or is a change of a part.'
    return { problem, outcome: 'unknown', reason }
  }
  if (problem.method === 'POST' && problem.presentId !== null) {
    const reason = 'Somebody with this name or identifier is here already.'
    return { problem, outcome: 'refused', reason }
  }
  const type = problem.kind === 'user' ? userTypeOf(tenant) : groupTypeOf(tenant)
  const read = readResource(startReading(type, tenant.settings.profile), body)
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
