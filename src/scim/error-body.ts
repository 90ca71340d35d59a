/** A refusal as an answer (RFC 7644 section 3.12). */
import { errorCatalog, type ScimError } from './error'
import type { ErrorEntry, ScimType } from './errors/entry'

/** The error message body of RFC 7644 section 3.12. Strict clients refuse any further member. */
export interface ErrorBody {
  readonly schemas: readonly string[]
  readonly status: string
  readonly scimType?: ScimType
  readonly detail: string
}

export function statusOf(error: ScimError): number {
  return errorCatalog[error.code].status
}

export function errorBody(error: ScimError): ErrorBody {
  const entry: ErrorEntry = errorCatalog[error.code]
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(entry.status),
    ...(entry.scimType ? { scimType: entry.scimType } : {}),
    detail: `${fill(entry.reason, error.values)} ${fill(entry.remedy, error.values)}`,
  }
}

/** The reason, without the remedy. */
export function reasonOf(error: ScimError): string {
  return fill(errorCatalog[error.code].reason, error.values)
}

function fill(template: string, values: ScimError['values']): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  )
}
