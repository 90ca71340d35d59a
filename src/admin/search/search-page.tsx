/** The page of the search: "Where is Ann?" */
import type { Child } from 'hono/jsx'
import { root, show, tenantPath, type AdminContext } from '../shell/context'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Badge, CopyButton, Field, plural, Time } from '../shell/components'
import { problemPath } from '../problems/page'
import { titleOf } from '../activity/failures'
import { listTokens } from '../../tokens/store'
import { callerOf, lastUsed } from '../tokens/live-check'
import { findAtHome } from '../../tenants/locate'
import { defaultSettings } from '../../tenants/settings'
import { day } from '../../time'
import {
  scannedEvents,
  scannedPeople,
  scannedTenants,
  searchAll,
  type SearchResult,
} from '../../search/search'
import { searchQuery } from './forms'
import { sentenceOfNobody } from './sentence'

export async function showSearch(c: AdminContext) {
  const { q, tenant } = searchQuery.parse(c.req.query())
  if (q === '') return show(c, <Search q="" tenant={tenant} found={undefined} nobody="" />)
  const found = await searchAll(c.env, q, tenant)
  if (!found.ok) return showRefusal(c, found.error)
  const nobody = hasPeople(found.value) ? '' : await nobodySentence(c, q, tenant)
  return show(c, <Search q={q} tenant={tenant} found={found.value} nobody={nobody} />)
}

function hasPeople({ people, refused, held, departed, requests, refusedRequests }: SearchResult) {
  const lists = [people, refused, held, departed, requests, refusedRequests]
  return lists.some((list) => list.length > 0)
}

/** The sentence says since when the log tells of refusals, which are kept the shortest. */
async function nobodySentence(c: AdminContext, text: string, slug: string): Promise<string> {
  const kept = (days: number) => Date.now() - days * day
  const all = {
    text,
    provider: 'No identity provider',
    tenantName: 'any tenant',
    since: kept(defaultSettings.retention.activity),
  }
  const found = slug === '' ? undefined : await findAtHome(c.env, slug)
  if (!found?.ok) return sentenceOfNobody(all).replace('has never', 'has ever')
  const { tenant, home } = found.value
  const tokens = await listTokens(home.DB, tenant)
  const used = tokens.ok ? lastUsed(tokens.value) : undefined
  return sentenceOfNobody({
    text,
    provider: used ? callerOf(tenant, used) : 'The identity provider',
    tenantName: tenant.name,
    since: Math.max(tenant.createdAt, kept(tenant.settings.retention.activity)),
  })
}

function Search(props: {
  readonly q: string
  readonly tenant: string
  readonly found: SearchResult | undefined
  /** What is said of somebody nobody knows; empty when something was found. */
  readonly nobody: string
}) {
  const { q, tenant, found, nobody } = props
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
          more={{ maxlength: 200, autocomplete: 'off', autofocus: q === '' }}
        />
        <Field
          name="tenant"
          label="Only in tenant (slug)"
          value={tenant}
          more={{ maxlength: 63, autocomplete: 'off' }}
        />
        <button type="submit">Search</button>
      </form>
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
        Finds people by the beginning of user name, address or name, also refused and deleted ones;
        by external identifier and id as they are; teams by the beginning of the name, tenants by a
        part of it. Family names alone are looked for among the {scannedPeople.toLocaleString('en')}{' '}
        people of each database who came last, changes by request among the {scannedEvents} latest
        of the {scannedTenants} tenants that changed last, in one tenant among{' '}
        {(scannedEvents * scannedTenants).toLocaleString('en')}.
      </p>
    </Layout>
  )
}

interface Hit {
  readonly href: string
  readonly name: string
  readonly state?: Child
  readonly more: Child
}

function Found({ found, q }: { readonly found: SearchResult; readonly q: string }) {
  const person = (hit: { readonly slug: string }, given: Record<string, string>) =>
    tenantPath(hit, `/person?${new URLSearchParams(given).toString()}`)
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
    ...found.refused
      .filter((hit) => !hit.isOver && hit.kind === 'user')
      .map((hit) => ({
        href: person(hit, { name: hit.name }),
        name: hit.name,
        state: <Badge state="bad">Refused</Badge>,
        more: `${titleOf(hit.code)} · ${hit.tenantName}`,
      })),
    ...found.departed.map((hit) => ({
      href: person(hit, { id: hit.userId }),
      name: hit.userName,
      state: <Badge state="idle">Deleted</Badge>,
      more: (
        <>
          <Time at={hit.at} />· {hit.tenantName}
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
  const requests: Hit[] = [
    ...found.refusedRequests.map((hit) => ({
      href:
        hit.key === null
          ? tenantPath(hit, '/activity?outcome=failed')
          : problemPath(hit, { key: hit.key }),
      name: q,
      state: <Badge state="bad">Refused</Badge>,
      more: (
        <>
          <Time at={hit.at} />· {hit.tenantName}
        </>
      ),
    })),
    ...found.requests.map((hit) => {
      const isOfTeam = hit.type.startsWith('team.') && hit.memberId === null
      const id = hit.memberId ?? hit.id
      return {
        href: isOfTeam
          ? tenantPath(hit, `/teams/${encodeURIComponent(hit.id)}`)
          : person(hit, { id }),
        name: q,
        state: <Badge state="good">Done</Badge>,
        more: (
          <>
            {hit.type} · <Time at={hit.at} />· {hit.tenantName}
          </>
        ),
      }
    }),
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

function Hits({ title, hits }: { readonly title: string; readonly hits: readonly Hit[] }) {
  if (hits.length === 0) return null
  const id = title.toLowerCase()
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class="groups">
        {hits.map(({ href, name, state, more }) => (
          <li>
            <p>
              <a href={href}>{name}</a> {state} <span class="hint">{more}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
