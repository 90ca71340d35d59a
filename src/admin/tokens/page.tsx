/** The connection of a tenant's identity provider: address, tokens, guides and switch. */
import { idOf } from '../../http/id'
import { baseUrlFor } from '../../http/path'
import { listTokens, type TokenRecord } from '../../tokens/store'
import { changeTenant } from '../../tenants/commands'
import {
  authorOf,
  For,
  mayAct,
  show,
  tenantPath,
  useViewer,
  type AdminContext,
} from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { readGuides, type Guides } from '../guide/guide'
import { Arrived, Refused } from '../guide/live'
import { readProgress, type Progress } from '../guide/progress'
import { readWords, WordsProvider, type Words } from '../guide/words'
import { serverOf } from '../guide/server'
import { GuideList } from './guides'
import { TenantLayout } from '../shell/layout'
import { Question } from '../shell/question'
import { ProofCommand } from '../prove/command'
import { providerOf } from '../guide/caller'
import { LiveCheck } from './live-check'
import { showNotFound, showRefusal } from '../shell/refusal'
import { CopyField, Field, FormNumber, Notice, Select, type FieldErrors } from '../shell/components'
import { Time } from '../shell/time'
import { adviceOf, expiryOf, isReplaced, Tokens } from './table'
import type { Tenant } from '../../tenants/tenant'
import { isLive } from '../../tokens/limited-credential'
import { issueToken, withdrawToken } from '../../tokens/commands'
import { enabledForm, lifetimes, tokenForm } from './forms'

const notices = new Map([
  ['revoked', 'The token is revoked. Requests that use it are refused from now on.'],
  ['enabled', 'Provisioning is enabled.'],
  ['off', 'Provisioning stays disabled: the other switch is off.'],
  ['disabled', 'Provisioning is disabled. Every request of this tenant is refused.'],
])

interface ConnectionProps {
  readonly tenant: Tenant
  readonly baseUrl: string
  readonly tokenUrl: string
  readonly tokens: readonly TokenRecord[]
  readonly progress: Progress
  readonly guides: Guides
  readonly words: Words
  /** The token that was just made. */
  readonly issued?: string
  readonly notice?: string | undefined
  readonly errors?: FieldErrors
  readonly problem?: string
}

export async function showConnection(c: AdminContext) {
  const issued = await takeOnce(c)
  return showPage(c, 200, {
    notice: notices.get(c.req.query('done') ?? ''),
    ...(issued === undefined ? {} : { issued }),
  })
}

/** The page that it leads to shows the token once; nobody can read it later. */
export async function receiveToken(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = tokenForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const secret = await secretOfForm(c, number, fields)
  if (!secret.ok) return showRefusal(c, secret.error)
  const issued = await issueToken(c.env, c.var.tenant, form.data, authorOf(c), secret.value)
  if (issued.ok) {
    return redirectWith(c, tenantPath(c.var.tenant, '/connection'), issued.value.token)
  }
  if (issued.error.kind !== 'tooManyTokens') return showRefusal(c, issued.error)
  const problem = 'There are 5 live tokens already. Revoke one that is no longer used first.'
  return showPage(c, 409, { problem })
}

export async function showRevocation(c: AdminContext) {
  const { tenant } = c.var
  const tokens = await listTokens(c.env.DB, tenant)
  if (!tokens.ok) return showRefusal(c, tokens.error)
  const token = tokens.value.find(({ id }) => id === c.req.param('id'))
  if (!token || !isLive(token, Date.now())) return showNotFound(c)
  const isSafe = isReplaced(token, tokens.value, Date.now())
  return show(c, <Revocation tenant={tenant} token={token} isSafe={isSafe} />)
}

export async function receiveRevocation(c: AdminContext) {
  const { tenant } = c.var
  const revoked = await withdrawToken(c.env, tenant, idOf(c), authorOf(c))
  if (!revoked.ok) return showRefusal(c, revoked.error)
  return c.redirect(tenantPath(tenant, '/connection?done=revoked'), 303)
}

export async function receiveSwitch(c: AdminContext) {
  const { tenant } = c.var
  const form = enabledForm.safeParse(await formOf(c))
  if (!form.success) return c.redirect(tenantPath(tenant, '/connection'), 303)
  const { enabled, of } = form.data
  const change = of === 'customer' ? { customerEnabled: enabled } : { enabled }
  const changed = await changeTenant(c.env.DB, tenant, change, authorOf(c))
  if (!changed.ok) return showRefusal(c, changed.error)
  const isStillOff = enabled && !changed.value.enabled
  const notice = isStillOff ? 'off' : enabled ? 'enabled' : 'disabled'
  return c.redirect(tenantPath(tenant, `/connection?done=${notice}`), 303)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, more: Partial<ConnectionProps>) {
  const { tenant } = c.var
  const baseUrl = baseUrlFor(c.req.url, tenant.slug)
  const [guides, words] = await Promise.all([readGuides(c), readWords(c, 'en')])
  const progress = await readProgress(c)
  if (!progress.ok) return showRefusal(c, progress.error)
  const read = { tokens: progress.value.tokens, progress: progress.value }
  const { tokenUrl } = serverOf(c)
  const props = { tenant, baseUrl, tokenUrl, guides, words, ...read, ...more }
  return show(c, <Connection {...props} />, status)
}

function Connection(props: ConnectionProps) {
  const { tenant, baseUrl, tokens, issued, notice, problem } = props
  const now = Date.now()
  return (
    <TenantLayout tenant={tenant} section="connection">
      <h1>Security → SCIM</h1>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      {issued ? <NewToken issued={issued} /> : null}
      {tokens.map((token) => {
        const expiry = isLive(token, now) ? expiryOf(token, now) : undefined
        return expiry ? (
          <Notice state={expiry.state}>
            The token “{token.label || 'unnamed'}” {expiry.text}. {adviceOf(token, tokens, now)}
          </Notice>
        ) : null
      })}
      <LiveCheck progress={props.progress} hasNewToken={issued !== undefined}>
        <WordsProvider value={props.words}>
          <ul class="lights">
            <Arrived progress={props.progress} />
          </ul>
          <Refused progress={props.progress} />
        </WordsProvider>
      </LiveCheck>
      <section class="card" aria-labelledby="address">
        <h2 id="address">Address</h2>
        <p>The identity provider needs this address and a token.</p>
        <CopyField id="base-url" label="SCIM base URL" value={baseUrl} />
        <For least="operator">
          <ProofCommand tenant={tenant} baseUrl={baseUrl} />
        </For>
      </section>
      <section class="card" aria-labelledby="tokens">
        <h2 id="tokens">Tokens</h2>
        <Tokens tenant={tenant} tokens={tokens} now={now} />
        <For least="setup">
          <h3>Generate a token</h3>
          <TokenForm tenant={tenant} errors={props.errors ?? new Map()} />
        </For>
      </section>
      <section class="card" aria-labelledby="guide">
        <h2 id="guide">Set up the identity provider</h2>
        <GuideList
          {...{
            tenant,
            baseUrl,
            tokenUrl: props.tokenUrl,
            guides: props.guides,
            words: props.words,
          }}
          token={issued}
          opened={providerOf(tenant, props.progress.lastCall) ?? tenant.guide}
        />
      </section>
      <Switch tenant={tenant} />
    </TenantLayout>
  )
}

function NewToken({ issued }: { readonly issued: string }) {
  return (
    <Notice state="good">
      <h2>Copy the new token now</h2>
      <p>
        It is shown this once. Nobody can read it later, because only its fingerprint is kept. Who
        has it can change this tenant's users and teams.
      </p>
      <CopyField id="new-token" label="Token" value={issued} />
    </Notice>
  )
}

function TokenForm(props: { readonly tenant: Tenant; readonly errors: FieldErrors }) {
  return (
    <form method="post" action={tenantPath(props.tenant, '/tokens')} class="columns">
      <FormNumber />
      <Field
        name="label"
        label="Label"
        hint="Where it will be used, for example OneLogin."
        errors={props.errors}
        more={{ maxlength: 100, autocomplete: 'off' }}
      />
      <Select name="days" label="Expires" hint="An expired token is refused." options={lifetimes} />
      <button type="submit">Generate token</button>
    </form>
  )
}

/** Two switches: a request of the provider is taken while both are on. */
function Switch({ tenant }: { readonly tenant: Tenant }) {
  const { enabled, operatorOff, customerOff } = tenant
  const isOperator = mayAct(useViewer(), 'operator')
  return (
    <section class="card" aria-labelledby="switch">
      <h2 id="switch">Provisioning</h2>
      <p>
        {enabled
          ? 'The identity provider can change this tenant. Disabling refuses all its requests; users, teams and tokens stay as they are.'
          : 'All requests of the identity provider are refused. Users, teams and tokens are as they were.'}
      </p>
      {operatorOff ? (
        <p>The operator has switched it off. Only the operator can switch that on again.</p>
      ) : null}
      {customerOff ? <p>The customer’s administrator has switched it off.</p> : null}
      <For least="setup">
        <div class="actions">
          {isOperator ? (
            <Toggle tenant={tenant} isOff={operatorOff} of="operator" />
          ) : (
            <Toggle tenant={tenant} isOff={customerOff} of="customer" />
          )}
          {isOperator && customerOff ? <Toggle tenant={tenant} isOff of="customer" /> : null}
        </div>
      </For>
    </section>
  )
}

function Toggle(props: {
  readonly tenant: Tenant
  readonly isOff: boolean
  readonly of: 'operator' | 'customer'
}) {
  const { tenant, isOff, of } = props
  const isOther = of === 'customer' && mayAct(useViewer(), 'operator')
  return (
    <form method="post" action={tenantPath(tenant, '/enabled')}>
      <input type="hidden" name="enabled" value={String(isOff)} />
      {isOther ? <input type="hidden" name="of" value="customer" /> : null}
      <button type="submit" data-kind={isOff ? 'main' : 'danger'}>
        {isOff ? 'Enable provisioning' : 'Disable provisioning'}
        {isOther ? ' for the customer' : ''}
      </button>
    </form>
  )
}

function Revocation(props: {
  readonly tenant: Tenant
  readonly token: TokenRecord
  readonly isSafe: boolean
}) {
  const { tenant, token, isSafe } = props
  return (
    <Question
      tenant={tenant}
      section="connection"
      title="Revoke a token"
      question="Revoke this token?"
      action={tenantPath(tenant, `/tokens/${token.id}/revoke`)}
      button="Revoke token"
      back={tenantPath(tenant, '/connection')}
    >
      <p>
        <strong>{token.label || 'Without a label'}</strong>, created <Time at={token.createdAt} />
        {token.lastUsedAt === null ? (
          ', never used.'
        ) : (
          <>
            , last used <Time at={token.lastUsedAt} />.
          </>
        )}
      </p>
      {isSafe ? (
        <p>It is safe to revoke: a newer token has been used since, and this one has not.</p>
      ) : null}
      <p>Every request that uses it is refused from then on. It can't be undone.</p>
    </Question>
  )
}
