/** The parameters of the application API, whether they come as text or over a binding. */
import * as z from 'zod'
import { err, ok, type Result } from '../result'
import { applicationError, type ApplicationError } from './error'

/** Most entries of one page. */
const maximumLimit = 1_000
const usualLimit = 100

/** Seconds that a request may wait for events. */
const maximumWait = 30

const limit = z.coerce.number().int().min(1).max(maximumLimit)
const seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const listQuery = z.object({
  cursor: z
    .string()
    .max(1_000)
    .optional()
    .describe('"next" of the page before; absent for the first page.'),
  limit: limit.default(usualLimit).describe('Most entries of the page.'),
})

export const eventsQuery = z.object({
  after: z
    .union([z.literal('latest'), seq])
    .default(0)
    .describe('Number of the last event that is known; "latest" for the end of the log.'),
  limit: limit.default(usualLimit).describe('Most events of the page.'),
  wait: z.coerce
    .number()
    .min(0)
    .max(maximumWait)
    .default(0)
    .describe('Seconds to wait for an event when there is none yet.'),
})

export const acknowledgementBody = z.object({
  seq: z.int().min(0).describe('Number of the last event that was taken over.'),
})

export function readQuery<T extends z.ZodType>(
  shape: T,
  input: unknown,
): Result<z.output<T>, ApplicationError> {
  const read = shape.safeParse(input)
  if (read.success) return ok(read.data)
  const errors = read.error.issues.map(({ path, message }) => ({
    parameter: String(path[0] ?? ''),
    detail: message,
  }))
  return err(applicationError('invalidQuery', { errors }))
}
