/** The audit as pages: of all tenants for an operator, of one tenant for everybody who sees it. */
import { readQuery } from '../../http/query'
import type { Child } from 'hono/jsx'
import type { AuditRecord } from '../../audit/log'
import { databaseNames } from '../../database/placement'
import { Beside, LineLink, wantsPanelAlone } from '../logs/panel'
import {
  Filtered,
  hasRange,
  pathWith,
  RangeFields,
  rangeFields,
  Way,
  type Range,
} from '../logs/range'
import { root, show, tenantPath, type AdminContext } from '../shell/context'
import { Layout, TenantLayout } from '../shell/layout'
import { showBadQuery, showNotFound, showRefusal } from '../shell/refusal'
import { Table } from '../shell/components'
import { Time } from '../shell/time'
import { exportedEntries } from './export'
import { auditPageQuery } from './forms'
import { loadAudit, loadTenantAudit, numberOf, type AuditPage } from './load'
import { AuditPanel } from './panel'
import { Difference, readSentences, Subject, Who, type Sentences } from './words'

/** Entries of a page. */
const limit = 50

export async function showAudit(c: AdminContext) {
  const read = readQuery(auditPageQuery, c.req.url)
  if (!read.ok) return showBadQuery(c, read.error)
  const query = read.value
  const page = await loadAudit(c, { ...query, limit })
  if (!page.ok) {
    return page.error.kind === 'unknownDatabase' ? showNotFound(c) : showRefusal(c, page.error)
  }
  const { database } = page.value
  const names = databaseNames(c.env)
  const path = `${root}/audit`
  return showEntries(c, { ...query, path, page: page.value, isOfAll: true }, (content) => (
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
      {content}
    </Layout>
  ))
}

export async function showTenantAudit(c: AdminContext) {
  const { tenant } = c.var
  const read = readQuery(auditPageQuery, c.req.url)
  if (!read.ok) return showBadQuery(c, read.error)
  const { database: _, ...query } = read.value
  const page = await loadTenantAudit(c, { ...query, limit })
  if (!page.ok) return showRefusal(c, page.error)
  const path = tenantPath(tenant, '/audit')
  return showEntries(c, { ...query, path, page: page.value, isOfAll: false }, (content) => (
    <TenantLayout tenant={tenant} section="audit">
      <h1>Audit</h1>
      {content}
    </TenantLayout>
  ))
}

interface Shown extends Range {
  /** Address of the audit. */
  readonly path: string
  /** Of the address: the entry before which the page begins, the line in full, and the database. */
  readonly before: number
  readonly line?: number | undefined
  readonly database?: string | undefined
  readonly page: AuditPage
  readonly isOfAll: boolean
}

/** Answers the list in its frame with an entry beside it, or for the script the entry alone. */
async function showEntries(c: AdminContext, shown: Shown, frame: (content: Child) => Child) {
  const sentences = await readSentences(c)
  const { line, page } = shown
  const panel =
    line === undefined ? null : (
      <AuditPanel entry={page.line} sentences={sentences} close={addressOf(shown)} />
    )
  if (panel && wantsPanelAlone(c)) return show(c, panel)
  return show(
    c,
    frame(
      <Beside panel={panel}>
        <Entries {...shown} sentences={sentences} />
      </Beside>,
    ),
  )
}

/** The address of the page, or of one with other fields. */
function addressOf(shown: Shown, more: Readonly<Record<string, string>> = {}): string {
  const { path, before, database = '' } = shown
  const place = before === Number.MAX_SAFE_INTEGER ? '' : String(before)
  return pathWith(path, { database, ...rangeFields(shown), before: place, ...more })
}

function Entries(props: Shown & { readonly sentences: Sentences }) {
  const { page, path, database = '' } = props
  const isNewest = props.before === Number.MAX_SAFE_INTEGER && props.to === undefined
  const all = pathWith(path, { database })
  return (
    <section class="card" aria-labelledby="entries">
      <h2 id="entries">Who changed what</h2>
      <form method="get" action={path} class="filters" role="search" data-fields="times">
        {database === '' ? null : <input type="hidden" name="database" value={database} />}
        <RangeFields {...props} />
        <button type="submit">Filter</button>
      </form>
      <Filtered isFiltered={hasRange(props)} path={all} />
      <p class="hint">
        <a href={pathWith(`${path}.csv`, { database, ...rangeFields(props) })} download>
          Download as CSV
        </a>{' '}
        (at most {exportedEntries.toLocaleString('en')} entries)
      </p>
      {page.entries.length === 0 ? (
        <p class="empty">
          {isNewest && !hasRange(props) ? 'No change is recorded.' : 'No change is recorded here.'}
        </p>
      ) : (
        <EntryTable {...props} />
      )}
      <Way
        newest={
          isNewest ? undefined : pathWith(path, { database, ...rangeFields({ from: props.from }) })
        }
        older={page.next === null ? undefined : addressOf(props, { before: String(page.next) })}
      />
    </section>
  )
}

function EntryTable(props: Shown & { readonly sentences: Sentences }) {
  const { page, line, sentences, isOfAll } = props
  return (
    <Table
      look="log"
      caption="Who changed what"
      columns={['Time', 'Who', 'What', 'Change']}
      rows={page.entries.map((entry) => {
        const name = String(numberOf(entry, isOfAll))
        return [
          <Time at={entry.at} look="clock" />,
          <div>
            <Who entry={entry} />
          </div>,
          <div>
            <LineLink
              name={name}
              path={addressOf(props, { line: name })}
              shown={line === undefined ? undefined : String(line)}
            >
              {sentences[entry.action] ?? entry.action}
            </LineLink>{' '}
            <Subject entry={entry} />
            <OfTenant entry={entry} isOfAll={isOfAll} />
          </div>,
          <div>
            <Difference before={entry.before} after={entry.after} />
            <code class="second">{entry.requestId}</code>
          </div>,
        ]
      })}
    />
  )
}

function OfTenant(props: { readonly entry: AuditRecord; readonly isOfAll: boolean }) {
  const { tenant, subject } = props.entry
  if (!props.isOfAll || tenant === null || tenant === subject) return null
  return (
    <>
      {' of '}
      <a href={tenantPath({ slug: tenant }, '/audit')}>{tenant}</a>
    </>
  )
}
