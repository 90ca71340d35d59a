/** The problems of a tenant as a page: who is missing or out of date now, why, and what to do. */
import {
  readExchanges,
  readProblem,
  readProblems,
  type Exchange,
  type Problem,
  type ProblemPage,
} from '../../activity/problems'
import { findReturning, type Returning } from '../../activity/returning'
import { allOk } from '../../result'
import type { AttributeRules } from '../../scim/rules'
import type { Tenant } from '../../tenants/tenant'
import { rulesOfUsers } from '../../tenants/settings'
import { ExchangeTexts } from '../activity/exchange'
import { readRemedies, remedyFor, type Remedies } from '../activity/remedies'
import { PeopleBack } from '../directory/returning'
import { For, show, tenantPath, type AdminContext } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { NextPage, plural, Select } from '../shell/components'
import { Shown, writeShown } from '../shell/stale/shown'
import { settingDigests } from '../tenants/setting-fields'
import { placeText, problemQuery, problemsQuery } from './forms'
import { nameOf, ProblemList } from './list'
import { effectOf, isOfRules, type Effect } from './what-if'
import { causeOf, operatorWords, stateOf } from './words'

export async function showProblems(c: AdminContext) {
  const { tenant } = c.var
  const { before, name, email } = problemsQuery.parse(c.req.query())
  const loaded = await allOk([
    readProblems(c.env.DB, tenant.id, before),
    findReturning(c.env.DB, tenant.id),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [page, returning] = loaded.value
  const ofRules = page.problems.filter(isOfRules)
  const { rules } = tenant.settings
  const changed = { name: name ?? rules.name, email: email ?? rules.email }
  const isAsked = name !== undefined || email !== undefined
  const exchanges = await readExchanges(
    c.env.DB,
    tenant.id,
    isAsked ? ofRules.map(({ seq }) => seq) : [],
  )
  if (!exchanges.ok) return showRefusal(c, exchanges.error)
  const inForce = { ...rulesOfUsers(tenant.settings), ...changed }
  const effects = isAsked
    ? ofRules.map((problem) => effectOf(tenant, problem, exchanges.value.get(problem.seq), inForce))
    : undefined
  const remedies = await readRemedies(c)
  const props = { tenant, page, returning, remedies, rules: changed, effects }
  return show(c, <Problems {...props} hasRuled={ofRules.length > 0} />)
}

interface ProblemsProps {
  readonly tenant: Tenant
  readonly page: ProblemPage
  readonly returning: readonly Returning[]
  readonly remedies: Remedies
  /** The rules that are asked about, else those in force. */
  readonly rules: AttributeRules
  /** True when rules refuse somebody of this page. */
  readonly hasRuled: boolean
  /** Effects of those rules; undefined when nobody asked. */
  readonly effects: readonly Effect[] | undefined
}

function Problems(props: ProblemsProps) {
  const { tenant, page, returning, remedies, hasRuled } = props
  const path = tenantPath(tenant, '/problems')
  return (
    <TenantLayout tenant={tenant} section="problems">
      <h1>Problems</h1>
      <p>
        People and teams that are missing or out of date now, because a request was refused. A line
        goes when its person or team has come. <a href={`${path}.csv`}>Export as CSV</a>
      </p>
      <section class="card" aria-labelledby="now">
        <h2 id="now">{plural(page.problems.length, 'problem')} on this page</h2>
        <ProblemList
          problems={page.problems}
          words={operatorWords(tenant, remedies)}
          path={(problem) => problemPath(tenant, problem)}
        />
        <PeopleBack tenant={tenant} list={returning} />
        {page.older ? (
          <NextPage
            path={`${path}?before=${encodeURIComponent(placeText(page.older))}`}
            text="Older"
          />
        ) : null}
      </section>
      {hasRuled || props.effects ? <WhatIf {...props} /> : null}
    </TenantLayout>
  )
}

function WhatIf({ tenant, rules, effects }: ProblemsProps) {
  const { rules: now } = tenant.settings
  const isOther = now.name !== rules.name || now.email !== rules.email
  return (
    <section class="card" aria-labelledby="what-if">
      <h2 id="what-if">What if the rule were another?</h2>
      <form
        method="get"
        action={`${tenantPath(tenant, '/problems')}#what-if`}
        class="filters"
        data-fields="2"
      >
        <Select
          name="name"
          label="Special characters in names"
          value={rules.name}
          options={[
            ['reject', 'Refuse'],
            ['allow', 'Allow'],
          ]}
        />
        <Select
          name="email"
          label="E-mail addresses"
          value={rules.email}
          options={[
            ['reject', 'Refuse capitals and what is no address'],
            ['lowercase', 'Write in lower case'],
            ['allow', 'Allow any text'],
          ]}
        />
        <button type="submit">Show whom it lets in</button>
      </form>
      {effects ? <Effects effects={effects} /> : null}
      {effects && isOther ? (
        <For least="operator">
          <form method="post" action={tenantPath(tenant, '/settings')}>
            <Shown shown={writeShown(settingDigests(tenant))} />
            <input type="hidden" name="rules.name" value={rules.name} />
            <input type="hidden" name="rules.email" value={rules.email} />
            <button type="submit">Change the rules so</button>
          </form>
        </For>
      ) : null}
    </section>
  )
}

function Effects({ effects }: { readonly effects: readonly Effect[] }) {
  const letIn = effects.filter(({ outcome }) => outcome === 'letIn')
  const others = effects.filter(({ outcome }) => outcome !== 'letIn')
  return (
    <>
      <p>
        <strong>{letIn.length} of these would come with the next attempt of the provider</strong>
        {letIn.length === 0 ? '.' : `: ${letIn.map(({ problem }) => nameOf(problem)).join(', ')}.`}
      </p>
      {others.length === 0 ? null : (
        <ul>
          {others.map(({ problem, outcome, reason }) => (
            <li>
              {nameOf(problem)}: {outcome === 'unknown' ? 'cannot be told. ' : 'still refused. '}
              {reason}
            </li>
          ))}
        </ul>
      )}
      <p class="hint">Of the problems of this page. Nothing is changed by asking.</p>
    </>
  )
}

/** One problem: the latest request, what was sent and answered, and what to do. */
export async function showProblem(c: AdminContext) {
  const { tenant } = c.var
  const { key } = problemQuery.parse(c.req.query())
  if (key === '') return c.redirect(tenantPath(tenant, '/problems'), 303)
  const found = await readProblem(c.env.DB, tenant.id, key)
  if (!found.ok) return showRefusal(c, found.error)
  const problem = found.value
  if (!problem) return showNotFound(c)
  const exchanges = await readExchanges(c.env.DB, tenant.id, [problem.seq])
  if (!exchanges.ok) return showRefusal(c, exchanges.error)
  const remedies = await readRemedies(c)
  const exchange = exchanges.value.get(problem.seq)
  return show(c, <OneProblem {...{ tenant, problem, exchange, remedies }} />)
}

function OneProblem(props: {
  readonly tenant: Tenant
  readonly problem: Problem
  readonly exchange: Exchange | undefined
  readonly remedies: Remedies
}) {
  const { tenant, problem, exchange, remedies } = props
  const { kind, presentId, isOver, detail, cause, method, path } = problem
  const words = operatorWords(tenant, remedies)
  const page = kind === 'team' ? '/teams/' : '/users/'
  return (
    <TenantLayout tenant={tenant} section="problems" title={nameOf(problem)}>
      <h1>{nameOf(problem)}</h1>
      <p>
        {isOver ? 'Solved: the person or team has come since.' : `Now ${stateOf(problem)}.`}{' '}
        {words.since(problem)}.{' '}
        {presentId === null || kind === 'request' ? null : (
          <a href={tenantPath(tenant, `${page}${encodeURIComponent(presentId)}`)}>What is here</a>
        )}{' '}
        <InTime tenant={tenant} problem={problem} />
      </p>
      <section class="card" aria-labelledby="cause">
        <h2 id="cause">{causeOf(problem)}</h2>
        <p class="reason">{detail}</p>
        <p>What to do: {remedyFor(problem, tenant, remedies)}</p>
        <p class="hint">
          {method} {path} · request <code>{cause.requestId}</code>
        </p>
      </section>
      <section class="card" aria-labelledby="exchange">
        <h2 id="exchange">Request and answer</h2>
        <ExchangeTexts exchange={exchange} days={tenant.settings.retention.exchanges} />
      </section>
    </TenantLayout>
  )
}

/** The way to all that was said of the person. */
function InTime({ tenant, problem }: { readonly tenant: Tenant; readonly problem: Problem }) {
  const { kind, presentId, resourceId, name } = problem
  const id = presentId ?? resourceId
  if (kind !== 'user' || (id === null && name === null)) return null
  const query = new URLSearchParams({
    ...(id === null ? {} : { id }),
    ...(name === null ? {} : { name }),
  })
  return (
    <For least="support">
      <a href={tenantPath(tenant, `/person?${query.toString()}`)}>In time</a>
    </For>
  )
}

export function problemPath(tenant: Pick<Tenant, 'slug'>, { key }: Pick<Problem, 'key'>): string {
  return tenantPath(tenant, `/problem?key=${encodeURIComponent(key)}`)
}
