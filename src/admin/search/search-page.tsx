/** The page of the search: "Where is Ann?" */
import { root, show, tenantPath, type AdminContext } from '../shell/context'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Badge, CopyButton, Field, plural } from '../shell/components'
import { Time } from '../shell/time'
import { problemPath } from '../problems/page'
import type { LineKey } from '../../activity/rows'
import { titleOf } from '../activity/failures'
import { lineText } from '../activity/forms'
import { Hits, type Hit } from './hits'
import { findAtHome } from '../../tenants/locate'
import { scannedEvents, scannedTenants } from '../../search/requests'
import { scannedPeople, searchAll, type SearchResult } from '../../search/search'
import { maximumText, searchQuery } from './forms'
import { nobodySentence } from './nobody'

export async function showSearch(c: AdminContext) {
  const { q, tenant } = searchQuery.parse(c.req.query())
  const common = { q, tenant, found: undefined, nobody: '', wrong: '' }
  if (q === '') return show(c, <Search {...common} />)
  if (q.length > maximumText) {
    const wrong = `This has ${q.length} characters, and at most ${maximumText} are looked for: write the beginning alone.`
    return show(c, <Search {...common} wrong={wrong} />)
  }
  const home = tenant === '' ? undefined : await findAtHome(c.env, tenant)
  if (home?.ok === false) {
    if (home.error.kind !== 'target') return showRefusal(c, home.error)
    return show(c, <Search {...common} wrong={`There is no tenant with the slug “${tenant}”.`} />)
  }
  const found = await searchAll(c.env, q, tenant)
  if (!found.ok) return showRefusal(c, found.error)
  const isNobody = !hasAny(found.value)
  const nobody = isNobody ? await nobodySentence(q, found.value.isWhole, home?.value) : ''
  return show(c, <Search {...common} found={found.value} nobody={nobody} />)
}

function hasAny(found: SearchResult): boolean {
  return Object.values(found).some((list) => Array.isArray(list) && list.length > 0)
}

function Search(props: {
  readonly q: string
  readonly tenant: string
  readonly found: SearchResult | undefined
  /** What is said of somebody nobody knows; empty when something was found. */
  readonly nobody: string
  /** Why nothing was looked for; empty where it was. */
  readonly wrong: string
}) {
  const { q, tenant, found, nobody, wrong } = props
  return (
    <Layout title={q === '' ? 'Search' : `${q} · Search`}>
      <h1>Where is …?</h1>
      <form
        method="get"
        action={`${root}/search`}
        class="filters"
        data-fields="2"
        role="search"
        aria-label="All"
      >
        <Field
          name="q"
          label="Name, address, identifier, tenant, team or request"
          type="search"
          value={q}
          more={{ maxlength: maximumText, autocomplete: 'off', autofocus: q === '' }}
        />
        <Field
          name="tenant"
          label="Only in tenant (slug)"
          value={tenant}
          more={{ maxlength: 63, autocomplete: 'off' }}
        />
        <button type="submit">Search</button>
      </form>
      {wrong === '' ? null : <p class="empty">{wrong}</p>}
      {nobody === '' ? null : (
        <section class="card" aria-labelledby="nobody-title">
          <h2 id="nobody-title">For the ticket</h2>
          <p id="sentence">{nobody}</p>
          <p class="after">
            <CopyButton of="sentence" what="the sentence" />
          </p>
        </section>
      )}
      {found ? <Found found={found} q={q} /> : null}
      <p class="hint">
        Finds people by the beginning of user name, address or name, also refused, renamed and
        deleted ones; by external identifier and id as they are; teams by the beginning of the name,
        tenants by a part of it. Given and family names without a display name are looked for among
        the {scannedPeople.toLocaleString('en')} people of each database who came last, requests
        among the {scannedEvents} latest lines of each kind of the {scannedTenants} tenants that
        changed last, in one tenant among {(scannedEvents * scannedTenants).toLocaleString('en')}.
      </p>
    </Layout>
  )
}

function Found({ found, q }: { readonly found: SearchResult; readonly q: string }) {
  const person = (hit: { readonly slug: string }, given: Record<string, string>) =>
    tenantPath(hit, `/person?${new URLSearchParams(given).toString()}`)
  // Of somebody who has come or gone since, the refusals are told on the page of the person.
  const isHere = new Set([...found.people, ...found.departed].map(({ slug }) => slug))
  const people: Hit[] = [
    ...found.people.map((hit) => ({
      href: person(hit, { id: hit.id }),
      name: hit.name || hit.userName,
      state: hit.isActive ? (
        <Badge state="good">Active</Badge>
      ) : (
        <Badge state="bad">Inactive</Badge>
      ),
      more: `${hit.userName}${hit.externalId === null ? '' : ` · ${hit.externalId}`} · ${hit.tenantName}`,
    })),
    ...found.held.map((hit) => ({
      href: person(hit, { id: hit.id }),
      name: hit.userName,
      state: <Badge state="warn">Deletion held</Badge>,
      more: hit.tenantName,
    })),
    ...found.former.map((hit) => ({
      href: person(hit, { id: hit.id }),
      name: hit.userName ?? hit.former,
      state: <Badge state="idle">Renamed</Badge>,
      more: `was ${hit.former}${hit.userName === null ? ', is no longer here' : ''} · ${hit.tenantName}`,
    })),
    ...found.refused
      .filter((hit) => hit.kind === 'user' && (!hit.isOver || !isHere.has(hit.slug)))
      .map((hit) => ({
        href: person(hit, hit.id === null ? { name: hit.name } : { id: hit.id, name: hit.name }),
        name: hit.name,
        state: hit.isOver ? (
          <Badge state="idle">Refused before</Badge>
        ) : (
          <Badge state="bad">Refused</Badge>
        ),
        more: `${titleOf(hit.code)} · ${hit.tenantName}`,
      })),
    ...found.departed.map((hit) => ({
      href: person(hit, { id: hit.userId }),
      name: hit.userName,
      state: <Badge state="idle">Deleted</Badge>,
      more: (
        <>
          <Time at={hit.at} /> · {hit.tenantName}
        </>
      ),
    })),
  ]
  const teams: Hit[] = [
    ...found.teams.map((hit) => ({
      href: tenantPath(hit, `/teams/${encodeURIComponent(hit.id)}`),
      name: hit.name,
      more: `${plural(hit.memberCount, 'member')} · ${hit.tenantName}`,
    })),
    ...found.refused
      .filter((hit) => !hit.isOver && hit.kind === 'team')
      .map((hit) => ({
        href: problemPath(hit, hit),
        name: hit.name,
        state: <Badge state="bad">Refused</Badge>,
        more: `${titleOf(hit.code)} · ${hit.tenantName}`,
      })),
  ]
  const line = (hit: { readonly slug: string }, key: LineKey) =>
    tenantPath(hit, `/activity?line=${lineText(key)}`)
  const requests: Hit[] = [
    ...found.refusedRequests.map((hit) => ({
      href: line(hit, { kind: 'refusal', seq: hit.seq }),
      name: q,
      state: <Badge state="bad">Refused</Badge>,
      more: (
        <>
          <Time at={hit.at} /> · {hit.tenantName}
        </>
      ),
    })),
    ...found.passedOver.map((hit) => ({
      href: line(hit, { kind: 'passedOver', seq: hit.seq }),
      name: q,
      state: <Badge state="warn">Passed over</Badge>,
      more: (
        <>
          {hit.method} {hit.path} {hit.subject} · <Time at={hit.at} /> · {hit.tenantName}
        </>
      ),
    })),
    // One line has all changes of a request.
    ...found.requests.filter(isFirstOfTenant).map((hit) => ({
      href: line(hit, { kind: 'event', seq: hit.seq }),
      name: q,
      state: <Badge state="good">Done</Badge>,
      more: (
        <>
          <Time at={hit.at} /> · {hit.tenantName} <code class="second">{hit.type}</code>
        </>
      ),
    })),
  ]
  const tenants: Hit[] = found.tenants.map((hit) => ({
    href: tenantPath(hit),
    name: hit.tenantName,
    more: `${hit.slug} · ${plural(hit.people, 'person', 'people')}`,
  }))
  return (
    <>
      <Hits title="People" hits={people} />
      <Hits title="Teams" hits={teams} />
      <Hits title="Tenants" hits={tenants} />
      <Hits title="Requests" hits={requests} />
    </>
  )
}

function isFirstOfTenant<T extends { readonly slug: string }>(
  hit: T,
  at: number,
  all: readonly T[],
) {
  return all.findIndex(({ slug }) => slug === hit.slug) === at
}
