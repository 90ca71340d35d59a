/**
 * The number of a form that makes a secret: the time at which its page was made, and 256 random bits. The secret follows
 * from all of it (`shell/once.ts`), so another time is another secret.
 */
import { day } from '../../../time'
import { makeSecret } from '../../../tokens/secret'

/**
 * Milliseconds in which a form makes its secret. What was made with it and has ended is remembered for as long at
 * least: a signing secret that was rotated away for a day, a link for thirty.
 */
const lifetime = day

export function makeFormNumber(): string {
  return `${Date.now().toString(36)}_${makeSecret()}`
}

/** When the page of a form was made, in milliseconds since 1970; undefined for what is no number of a form. */
export function timeOfForm(number: string | undefined): number | undefined {
  const [, time] = /^([0-9a-z]{8})_[0-9A-Za-z]{43}$/.exec(number ?? '') ?? []
  return time === undefined ? undefined : Number.parseInt(time, 36)
}

/** Undefined for what is no number of a form. */
export function ageOfForm(number: string | undefined): 'fresh' | 'old' | undefined {
  const time = timeOfForm(number)
  if (time === undefined) return undefined
  return Date.now() - time > lifetime ? 'old' : 'fresh'
}
