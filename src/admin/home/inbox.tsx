/** The inbox: what needs somebody, the worst first. */
import type { Notice, NoticeKind } from '../../attention/notices'
import { noticePath, noticeText, noticeTitles } from '../../attention/words'
import { Badge, Table } from '../shell/components'
import { Ago } from '../shell/time'
import { For, root } from '../shell/context'

/** Lines that are shown first. */
const shortLength = 8

const urgent: ReadonlySet<NoticeKind> = new Set([
  'hold',
  'feedPaused',
  'endpointPaused',
  'noToken',
  'full',
])

export function Inbox(props: {
  readonly notices: readonly Notice[]
  readonly isWhole: boolean
  readonly now: number
}) {
  const { notices, isWhole, now } = props
  const shown = isWhole ? notices : notices.slice(0, shortLength)
  return (
    <section class="card" aria-labelledby="inbox">
      <h2 id="inbox">
        Needs somebody <span class="count">{notices.length}</span>
      </h2>
      {notices.length === 0 ? (
        <p class="empty">Nothing does at the moment.</p>
      ) : (
        <Table
          caption="What needs somebody"
          columns={['Tenant', 'What', 'Why', 'Since']}
          rows={shown.map((notice) => [
            <a href={`${root}${noticePath(notice)}`}>
              {notice.name}
              <span class="unseen">: {noticeTitles[notice.kind].toLowerCase()}</span>
            </a>,
            <NoticeBadge kind={notice.kind} />,
            noticeText(notice, now),
            notice.at >= now || notice.at === 0 ? '–' : <Ago at={notice.at} now={now} />,
          ])}
        />
      )}
      <p class="hint after">
        {shown.length < notices.length ? (
          <>
            <a href={`${root}?inbox=all#inbox`}>
              Show {(notices.length - shown.length).toLocaleString('en')} more
            </a>
            {' · '}
          </>
        ) : null}
        <For least="operator">
          <a href={`${root}/notices`}>Send notices to a webhook, to Slack or by e-mail</a>
        </For>
      </p>
    </section>
  )
}

export function NoticeBadge({ kind }: { readonly kind: NoticeKind }) {
  return <Badge state={urgent.has(kind) ? 'bad' : 'warn'}>{noticeTitles[kind]}</Badge>
}
