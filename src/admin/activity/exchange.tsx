/** What was sent and answered when a request was refused, as it is kept. */
import type { Exchange } from '../../activity/problems'
import { CopyButton, plural } from '../shell/components'

export function ExchangeTexts(props: {
  readonly exchange: Exchange | undefined
  readonly days: number
}) {
  const { exchange, days } = props
  if (!exchange) {
    const text =
      days === 0
        ? 'This tenant keeps no bodies of refused requests (Settings, Retention).'
        : `It is no longer kept: bodies of refused requests are, for ${plural(days, 'day')}.`
    return <p class="empty">{text}</p>
  }
  return (
    <>
      <p class="hint">Secrets are left out, long lists and texts are cut.</p>
      {(['sent', 'answered'] as const).map((side) => (
        <>
          <h3>{side === 'sent' ? 'Sent' : 'Answered'}</h3>
          <pre id={`${side}-text`} tabindex={0}>
            {exchange[side] || 'Nothing that could be read.'}
          </pre>
          <p class="after">
            <CopyButton of={`${side}-text`} what={side === 'sent' ? 'request' : 'answer'} />
          </p>
        </>
      ))}
    </>
  )
}
