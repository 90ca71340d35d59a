/** What the pages of the operator's credentials have in common: the list, and the secret that is new. */
import type { Child } from 'hono/jsx'
import { isLive } from '../../tokens/limited-credential'
import { CopyField, LiveBadge, Notice, Table } from '../shell/components'
import { Time } from '../shell/time'

interface CredentialRecord {
  readonly id: string
  readonly label: string
  readonly createdBy: string
  /** Milliseconds since 1970; null for never. */
  readonly lastUsedAt: number | null
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

/** `named`: what the columns of the label, of its kind and of the last use are called. */
export function CredentialTable<T extends CredentialRecord>(props: {
  readonly caption: string
  readonly named: readonly [label: string, kind: string, lastUse: string]
  readonly list: readonly T[]
  readonly kindOf: (record: T) => string
  /** Address of the page, below which each is revoked. */
  readonly path: string
  readonly empty: string
}) {
  const { caption, named, list, kindOf, path, empty } = props
  const now = Date.now()
  const [label, kind, lastUse] = named
  if (list.length === 0) return <p class="empty">{empty}</p>
  return (
    <Table
      caption={caption}
      columns={[label, kind, 'State', lastUse, 'Made by', 'Expires', 'Revoke']}
      rows={list.map((record) => [
        record.label,
        kindOf(record),
        <LiveBadge of={record} now={now} />,
        record.lastUsedAt === null ? 'Never' : <Time at={record.lastUsedAt} />,
        record.createdBy,
        record.expiresAt === null ? 'Never' : <Time at={record.expiresAt} />,
        isLive(record, now) ? (
          <form method="post" action={`${path}/${record.id}/revoke`}>
            <button type="submit" data-kind="plain">
              Revoke<span class="unseen"> {record.label}</span>
            </button>
          </form>
        ) : (
          <span class="hint">–</span>
        ),
      ])}
    />
  )
}

/** A secret that is shown this once; nothing without one. */
export function NewSecret(props: {
  readonly id: string
  readonly title: string
  readonly label: string
  readonly value: string | undefined
  readonly children: Child
}) {
  const { id, title, label, value, children } = props
  if (value === undefined) return null
  return (
    <Notice state="good">
      <h2>{title}</h2>
      <p>{children}</p>
      <CopyField id={id} label={label} value={value} />
    </Notice>
  )
}
