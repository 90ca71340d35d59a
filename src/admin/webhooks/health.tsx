/** The health of an endpoint, in words. */
import type { Webhook, WebhookHealth } from '../../webhooks/store'
import { Badge, plural } from '../shell/components'
import { Ago } from '../shell/time'

const errorTexts = new Map([
  ['timeout', 'it did not answer in time'],
  ['connection', 'it could not be reached'],
  ['redirect', 'it answered with a redirect, which is not followed'],
  ['secret', 'the signing secret can not be read any more; make a new one'],
  ['address', 'its address is not one that events may be sent to'],
])

/** "it answered 500", for example. */
export function errorText(error: string | null): string {
  if (error === null) return 'unknown'
  return errorTexts.get(error) ?? `it answered ${error.replace('status ', '')}`
}

export function isErrorName(text: string): boolean {
  return errorTexts.has(text) || /^status \d{3}$/.test(text)
}

/** What the health of an endpoint is told by. */
export type Health = Pick<Webhook, 'state' | 'stateAt' | 'failures' | 'failingSince' | 'lastError'>

export function StateBadge({ webhook }: { readonly webhook: Health }) {
  if (webhook.state === 'paused') return <Badge state="idle">Paused</Badge>
  if (webhook.state === 'failed') return <Badge state="bad">Paused after failures</Badge>
  if (webhook.failures > 0) return <Badge state="warn">Failing</Badge>
  return <Badge state="good">Active</Badge>
}

/** The trouble of an endpoint in a sentence; undefined without any. */
export function troubleOf(webhook: Health, now: number) {
  const { state, failures, failingSince, lastError } = webhook
  if (state === 'failed') {
    return (
      <>
        Delivery was paused <Ago at={webhook.stateAt} now={now} />: {errorText(lastError)}.
      </>
    )
  }
  if (state === 'paused' || failures === 0) return undefined
  return (
    <>
      {failingSince === null ? (
        'Delivery fails'
      ) : (
        <>
          Failing began <Ago at={failingSince} now={now} />
        </>
      )}
      : {errorText(lastError)}.
    </>
  )
}

export function behindText({ lastSeq, place }: WebhookHealth): string {
  return lastSeq === place ? 'Up to date' : `${plural(lastSeq - place, 'event')} behind`
}
