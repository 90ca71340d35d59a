/** Values that one object of a PATCH sets twice, under names that are the same. */
import { scimError, type ScimError } from '../error'
import { isObject, isOther, type Json } from '../json'
import { pathText } from '../path'
import type { AttributeChange, Change } from './change'
import type { Operation } from './message'

/**
 * The refusal of changes that set something else than `given` says was set before. They are noted in it.
 * Values join a list that they are added to, and a filter chooses for itself.
 */
export function secondValue(
  given: Map<string, Json>,
  op: Operation,
  changes: readonly Change[],
): ScimError | undefined {
  const set = changes.filter(
    (change): change is AttributeChange & { readonly value: Json } =>
      change.kind === 'attribute' && !change.filter && change.value !== undefined,
  )
  for (const { path, value } of set) {
    if (op === 'add' && Array.isArray(value)) continue
    const { subAttribute } = path
    const whole = pathText({ ...path, subAttribute: undefined })
    const after = subAttribute ? { [subAttribute.name]: value } : value
    const before = given.get(whole)
    if (isOther(before, after)) return scimError('namedTwice', { attribute: pathText(path) })
    given.set(whole, isObject(before) && isObject(after) ? { ...before, ...after } : after)
  }
  return undefined
}
