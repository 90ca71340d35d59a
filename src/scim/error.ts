/**
 * Refusals as data. The catalogue has every one that the gateway can give; `docs/errors.md` is generated
 * from it by Node itself, which needs the endings of imported files.
 */
import { bodyErrors } from './errors/body.ts'
import { requestErrors } from './errors/request.ts'
import { withoutSecrets } from './text/secrets.ts'

export const errorCatalog = { ...bodyErrors, ...requestErrors }

export type ErrorCode = keyof typeof errorCatalog

/** A refusal as plain data: it crosses the Durable Object boundary unchanged. */
export interface ScimError {
  readonly code: ErrorCode
  readonly values: Readonly<Record<string, string | number>>
}

export function scimError(
  code: ErrorCode,
  values: Readonly<Record<string, string | number>> = {},
): ScimError {
  return { code, values }
}

/** A client's text as a message may show it: quoted, without secrets, and never longer than a line. */
export function quote(text: string): string {
  return JSON.stringify(withoutSecrets(abridge(text)))
}

/** The first 80 characters of a text. */
export function abridge(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
