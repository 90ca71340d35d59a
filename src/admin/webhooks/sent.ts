/**
 * What became of an event that was sent at once. It goes through the address of the page that the form
 * redirects to, so that reloading sends nothing again.
 */
import type { Answer } from '../../webhooks/send'
import type { Shown } from './endpoint'
import { errorText, isErrorName } from './health'

/** The query of an answer; without a number it is that of the test event. */
export function sentQuery(
  { status, error }: Pick<Answer, 'status' | 'error'>,
  seq?: number,
): string {
  const failed = error === 'status' ? `status ${status}` : error
  return String(new URLSearchParams({ sent: String(seq ?? 'test'), answer: failed ?? `${status}` }))
}

/** The sentence about it; nothing for a query that no answer makes. */
export function sentShown({ sent = '', answer = '' }: Record<string, string>): Shown {
  if (!/^(test|\d{1,15})$/.test(sent)) return {}
  const what = sent === 'test' ? 'The test event' : `Event ${sent}`
  if (/^\d{3}$/.test(answer)) return { notice: `${what} was answered ${answer}.` }
  if (!isErrorName(answer)) return {}
  return { problem: `${what} was not received: ${errorText(answer)}.` }
}
