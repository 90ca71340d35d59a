/** The parameters of the application API, whether they come as text or over a binding. */
import * as z from 'zod/mini'
import { exactly, faultsOf, type Fault } from '../http/exactly'
import { decimalNumber, readQuery as readAddress, wholeNumber } from '../http/query'
import { err, ok, type Result } from '../result'
import { applicationError, type ApplicationError } from './error'

/** Most entries of one page. */
const maximumLimit = 1_000
const usualLimit = 100

/** Seconds that a request may wait for events. */
const maximumWait = 30

const limit = wholeNumber(1, maximumLimit)
const seq = wholeNumber(0)

const wait = z
  ._default(decimalNumber(0, maximumWait), 0)
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
 * Parses the parameters of a call: those of an address, or the input of a service binding, over which no address comes.
 * Refused with `invalidQuery`, which lists each wrong parameter.
 */
export function readQuery<T extends z.ZodMiniType>(
  shape: T,
  input: unknown,
): Result<z.output<T>, ApplicationError> {
  const read = input instanceof URL ? readAddress(shape, input.href) : readInput(shape, input)
  if (read.ok) return read
  const errors = read.error.map(({ path, detail }) => ({ parameter: path[0] ?? '', detail }))
  return err(applicationError('invalidQuery', { errors }))
}

function readInput<T extends z.ZodMiniType>(
  shape: T,
  input: unknown,
): Result<z.output<T>, readonly Fault[]> {
  const read = shape.safeParse(input)
  return read.success ? ok(read.data) : err(faultsOf(read.error))
}
