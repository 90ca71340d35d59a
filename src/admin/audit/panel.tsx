/** An entry of the audit in full. */
import type { AuditRecord } from '../../audit/log'
import { Panel, Row } from '../logs/panel'
import { CopyButton } from '../shell/components'
import { tenantPath } from '../shell/context'
import { Time } from '../shell/time'
import { Difference, Subject, Who, type Sentences } from './words'

interface PanelProps {
  /** Undefined for one that is not there. */
  readonly entry: AuditRecord | undefined
  readonly sentences: Sentences
  /** Address of the list without the entry. */
  readonly close: string
}

export function AuditPanel({ entry, sentences, close }: PanelProps) {
  const gone = entry ? undefined : 'The audit has no such entry, or its tenant was deleted.'
  return (
    <Panel close={close} gone={gone}>
      {entry ? <Entry entry={entry} sentence={sentences[entry.action] ?? entry.action} /> : null}
    </Panel>
  )
}

function Entry(props: { readonly entry: AuditRecord; readonly sentence: string }) {
  const { entry, sentence } = props
  const { tenant, at, action, subject, before, after, requestId } = entry
  return (
    <>
      <h2 id="line-title">
        {sentence} <Subject entry={entry} />
      </h2>
      <dl class="values">
        <Row name="Who">
          <Who entry={entry} />
        </Row>
        <Row name="Time">
          <Time at={at} look="medium" />
        </Row>
        {tenant === null ? null : (
          <Row name="Tenant">
            <a href={tenantPath({ slug: tenant }, '/audit')}>{tenant}</a>
          </Row>
        )}
        <Row name="What">
          <code>{action}</code>
        </Row>
        <Row name="Subject">
          <code id="line-subject">{subject}</code>{' '}
          <CopyButton of="line-subject" what={`the subject ${subject}`} />
        </Row>
        <Row name="Request">
          <code id="line-request">{requestId}</code>{' '}
          <CopyButton of="line-request" what={`the request id ${requestId}`} />
        </Row>
      </dl>
      {before === null && after === null ? null : <h3>What changed</h3>}
      <div class="difference">
        <Difference before={before} after={after} />
      </div>
      {(['before', 'after'] as const).map((side) =>
        entry[side] === null ? null : (
          <>
            <h3>{side === 'before' ? 'Before' : 'After'}</h3>
            <pre id={`${side}-text`} tabindex={0}>
              {JSON.stringify(entry[side], null, 2)}
            </pre>
            <p class="after">
              <CopyButton of={`${side}-text`} what={`what was ${side}`} />
            </p>
          </>
        ),
      )}
    </>
  )
}
