/** The parameters of the application API, whether they come as text or over a binding. */
import * as z from 'zod/mini'
import { exactly, faultsOf } from '../http/exactly'
import { err, ok, type Result } from '../result'
import { applicationError, type ApplicationError } from './error'

/** Most entries of one page. */
const maximumLimit = 1_000
const usualLimit = 100

/** Seconds that a request may wait for events. */
const maximumWait = 30

const limit = z.coerce.number().check(z.int(), z.minimum(1), z.maximum(maximumLimit))
const seq = z.coerce.number().check(z.int(), z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER))

const wait = z
  ._default(z.coerce.number().check(z.minimum(0), z.maximum(maximumWait)), 0)
  .check(z.describe('Seconds to wait for an event when there is none yet.'))

export const listQuery = exactly({
  cursor: z
    .optional(z.string().check(z.maxLength(1_000)))
    .check(z.describe('"next" of the page before; absent for the first page.')),
  limit: z._default(limit, usualLimit).check(z.describe('Most entries of the page.')),
})

const wanted = z.string().check(z.minLength(1), z.maxLength(1_000))

export const usersQuery = exactly({
  ...listQuery.shape,
  userName: z.optional(wanted).check(z.describe('Only people with this user name.')),
  email: z.optional(wanted).check(z.describe('Only people with this e-mail address.')),
  externalId: z.optional(wanted).check(z.describe('Only people with this identifier.')),
})

export const eventsQuery = exactly({
  after: z
    ._default(z.union([z.literal('latest'), seq]), 0)
    .check(z.describe('Number of the last event that is known; "latest" for the end of the log.')),
  log: z
    .optional(z.string().check(z.maxLength(40)))
    .check(
      z.describe('"log" of the answer that the number is from; needed with every "after" but 0.'),
    ),
  limit: z._default(limit, usualLimit).check(z.describe('Most events of the page.')),
  wait,
})

export const feedQuery = exactly({
  after: z
    .optional(z.string().check(z.maxLength(8_000)))
    .check(
      z.describe('"after" of the answer before; "latest" for the end; absent for the beginning.'),
    ),
  limit: z._default(limit, usualLimit).check(z.describe('Most events of the page.')),
  wait,
})

/** Parameters of a call that takes none. */
export const noQuery = exactly({})

export const acknowledgementBody = exactly({
  seq: z.int().check(z.minimum(0), z.describe('Number of the last event that was taken over.')),
  log: z
    .optional(z.string().check(z.maxLength(40)))
    .check(z.describe('"log" of the event; another log than the present one is refused.')),
})

export const feedAcknowledgementBody = exactly({
  after: z
    .string()
    .check(
      z.maxLength(8_000),
      z.describe('"after" of the answer whose events, and all before them, were taken over.'),
    ),
})

/**
 * Parses the parameters of a call. Refused with `invalidQuery`, which lists each wrong parameter.
 */
export function readQuery<T extends z.ZodMiniType>(
  shape: T,
  input: unknown,
): Result<z.output<T>, ApplicationError> {
  const read = shape.safeParse(input)
  if (read.success) return ok(read.data)
  const errors = faultsOf(read.error).map(({ path, detail }) => ({
    parameter: path[0] ?? '',
    detail,
  }))
  return err(applicationError('invalidQuery', { errors }))
}
