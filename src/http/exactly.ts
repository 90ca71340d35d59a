/** Objects from outside that may have the known members and no others. */
import * as z from 'zod/mini'
import '../zod-words'

/** An object with these members alone. Whoever sends another one is told which are known. */
export function exactly<const Shape extends z.core.$ZodShape>(shape: Shape) {
  const names = Object.keys(shape)
  const known = names.length === 0 ? 'none is known here' : `known are ${names.join(', ')}`
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `is unknown; ${known}` : undefined),
  })
}

/** What is said of a name that is there twice, of which either value could be meant. */
export const sentTwice = 'is there more than once; send it once'

/** A fault of an object, and the way to it from the outermost one. */
export interface Fault {
  readonly path: readonly string[]
  readonly detail: string
}

/** The faults that an error names, with one for each unknown member. */
export function faultsOf(error: z.core.$ZodError): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String)
    const detail = issue.message
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...path, key], detail }))
      : [{ path, detail }]
  })
}
