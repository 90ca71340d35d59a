/** The audit as pages: of all tenants for an operator, of one tenant for everybody who sees it. */
import { isObject, type Json } from '../../scim/json'
import type { AuditRecord } from '../../audit/log'
import { databaseNames } from '../../database/placement'
import { root, show, tenantPath, type AdminContext } from '../shell/context'
import { Layout, TenantLayout } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { NextPage, plural, Time } from '../shell/components'
import { shortTextOf } from '../shell/values'
import { auditPageQuery } from './forms'
import { loadAudit, loadTenantAudit } from './load'

/** Entries of a page. */
const limit = 50

export async function showAudit(c: AdminContext) {
  const query = auditPageQuery.parse(c.req.query())
  const page = await loadAudit(c, { ...query, limit })
  if (!page.ok) {
    return page.error.kind === 'unknownDatabase' ? showNotFound(c) : showRefusal(c, page.error)
  }
  const { entries, next, database } = page.value
  const names = databaseNames(c.env)
  return show(
    c,
    <Layout title="Audit" here={{ page: 'Audit' }}>
      <h1>Audit</h1>
      {names.length > 1 ? (
        <nav aria-label="Databases">
          {names.map((name) => (
            <>
              <a href={`?database=${name}`} aria-current={name === database && 'page'}>
                {name}
              </a>{' '}
            </>
          ))}
        </nav>
      ) : null}
      <Entries
        entries={entries}
        next={next}
        more={query.database ? `&database=${query.database}` : ''}
        isOfAll
      />
    </Layout>,
  )
}

export async function showTenantAudit(c: AdminContext) {
  const { tenant } = c.var
  const page = await loadTenantAudit(c, { ...auditPageQuery.parse(c.req.query()), limit })
  if (!page.ok) return showRefusal(c, page.error)
  return show(
    c,
    <TenantLayout tenant={tenant} section="audit">
      <h1>Audit</h1>
      <Entries {...page.value} />
    </TenantLayout>,
  )
}

const sentences = new Map([
  ['tenant.created', 'created the tenant'],
  ['tenant.changed', 'changed the tenant'],
  ['tenant.deleted', 'deleted the tenant'],
  ['token.created', 'generated a token'],
  ['token.revoked', 'revoked the token'],
  ['link.created', 'made a link'],
  ['link.revoked', 'revoked the link'],
  ['link.opened', 'opened the link'],
  ['notices.created', 'added an address for notices'],
  ['notices.deleted', 'deleted an address for notices'],
  ['webhook.resent', 'sent an event once more to the webhook'],
  ['webhook.received', 'went on behind a received event of the webhook'],
  ['webhook.skipped', 'left an event out of the webhook'],
  ['set-up.chosen', 'began the set-up of the identity provider'],
  ['set-up.done', 'finished the set-up of the identity provider'],
  ['webhook.created', 'added a webhook'],
  ['webhook.changed', 'changed the webhook'],
  ['webhook.rotated', 'made a new signing secret for the webhook'],
  ['webhook.paused', 'paused the webhook'],
  ['webhook.resumed', 'resumed the webhook'],
  ['webhook.retried', 'retried the webhook'],
  ['webhook.replayed', 'replayed events to the webhook'],
  ['webhook.tested', 'sent a test event to the webhook'],
  ['webhook.deleted', 'deleted the webhook'],
  ['person.handed-over', 'handed an account over: another identifier for the person'],
  ['hold.released', 'released changes of the hold'],
  ['hold.discarded', 'discarded changes of the hold'],
  ['hold.release_planned', 'released changes, which are told later, of the hold'],
  ['hold.release_taken_back', 'took back a release of the hold'],
  ['hold.undone', 'took back what the application was told before the hold'],
  ['session.opened', 'signed in'],
  ['client.created', 'made the client'],
  ['client.revoked', 'revoked the client'],
  ['client.refused', 'failed to sign in as a client of'],
  ['secret.created', 'made a secret of the client'],
  ['secret.revoked', 'revoked a secret of the client'],
  ['operator.refused', 'gave a wrong secret to the'],
  ['operator-token.created', 'made the operator token'],
  ['operator-token.revoked', 'revoked the operator token'],
  ['key.created', 'made an application key'],
  ['key.revoked', 'revoked the application key'],
  ['logs.restarted', 'began the event logs again, after a restored backup, of'],
  ['key.rotated', 'rotated the sealing key of'],
  ['sessions.ended', 'signed out everywhere'],
])

function Entries(props: {
  readonly entries: readonly AuditRecord[]
  readonly next: number | null
  /** Further queries of the address of an older page. */
  readonly more?: string
  readonly isOfAll?: boolean
}) {
  const { entries, next, more = '', isOfAll } = props
  return (
    <section class="card" aria-labelledby="entries">
      <h2 id="entries">Who changed what</h2>
      {entries.length === 0 ? <p class="empty">No change is recorded.</p> : null}
      <ol class="history">
        {entries.map((entry) => (
          <li>
            <p>
              <strong>{entry.actor}</strong> {sentences.get(entry.action) ?? entry.action}{' '}
              <Subject entry={entry} />
              {isOfAll && entry.tenant !== null && entry.tenant !== entry.subject ? (
                <>
                  {' of '}
                  <a href={tenantPath({ slug: entry.tenant }, '/audit')}>{entry.tenant}</a>
                </>
              ) : null}
            </p>
            <Difference before={entry.before} after={entry.after} />
            <p class="hint">
              <Time at={entry.at} /> · as {entry.role} · request <code>{entry.requestId}</code>
            </p>
          </li>
        ))}
      </ol>
      {next === null ? null : <NextPage path={`?before=${next}${more}`} text="Older" />}
    </section>
  )
}

function Subject({ entry }: { readonly entry: AuditRecord }) {
  if (entry.action.startsWith('session')) return null
  if (entry.subject === entry.tenant)
    return <a href={`${root}/tenants/${entry.tenant}`}>{entry.subject}</a>
  return entry.label === null ? <code>{entry.subject}</code> : <span>“{entry.label}”</span>
}

/** Attributes before and after; one side is missing for what came or went. */
function Difference(props: { readonly before: Json; readonly after: Json }) {
  const before = isObject(props.before) ? props.before : {}
  const after = isObject(props.after) ? props.after : {}
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  if (names.length === 0) return null
  return (
    <dl class="values">
      {names.map((name) => (
        <div>
          <dt>{name}</dt>
          <dd>
            {name in before ? (
              <del>
                <Value value={before[name]} />
              </del>
            ) : null}
            {name in before && name in after ? <span aria-hidden="true"> → </span> : null}
            {name in after ? (
              <ins>
                <Value value={after[name]} />
              </ins>
            ) : null}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** A list or an object, such as declared schemas, is folded. */
function Value({ value }: { readonly value: Json | undefined }) {
  if (typeof value !== 'object' || value === null) return <>{shortTextOf(value)}</>
  const count = Array.isArray(value) ? value.length : Object.keys(value).length
  if (count === 0) return <>nothing</>
  return (
    <details class="folded">
      <summary>{plural(count, 'entry', 'entries')}</summary>
      <pre tabindex={0} aria-label="All of it">
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  )
}
