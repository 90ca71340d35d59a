/** `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3). */
import { err, ok, type Result } from '../../result'
import { scimError, type ScimError } from '../error'
import { isSecretPath, pathText, resolvePath, target } from '../path'
import type { Reading } from '../tolerance/reading'
import type { AttributePath } from '../schema'

export interface Sort {
  readonly path: AttributePath
  readonly isDescending: boolean
}

/** Attributes computed for an answer, or kept outside the resource, have no order. */
const unsorted = new Set(['meta.location', 'meta.version', 'groups', 'members'])

export function readSort(
  reading: Reading,
  sortBy: string | undefined,
  sortOrder: string | undefined,
): Result<Sort | undefined, ScimError> {
  const order = (sortOrder ?? 'ascending').toLowerCase()
  if (order !== 'ascending' && order !== 'descending') {
    return refuse('sortOrder', '"ascending" or "descending"')
  }
  if (sortBy === undefined || sortBy.trim() === '') return ok(undefined)
  const named = resolvePath(reading, sortBy.trim())
  const path = named && comparedPath(named)
  const isSortable =
    path !== undefined &&
    !isSecretPath(path) &&
    !unsorted.has(pathText(path)) &&
    !unsorted.has(path.attribute.name)
  return isSortable
    ? ok({ path, isDescending: order === 'descending' })
    : refuse('sortBy', 'an attribute that can be put in order')
}

/** A complex attribute is sorted by its `value`, if it has one. */
function comparedPath(path: AttributePath): AttributePath | undefined {
  if (target(path).type !== 'complex') return path
  const value = path.attribute.subAttributes?.find((sub) => sub.name === 'value')
  return value && !path.subAttribute ? { ...path, subAttribute: value } : undefined
}

function refuse(
  parameter: string,
  expected: string,
): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidQuery', { parameter, expected }))
}
