/**
 * The proof kit in the console. A tenant for tests is made with the settings of the one that is looked at;
 * the page's script, which is `scripts/prove`, proves it from the browser and has it deleted.
 */
import * as z from 'zod/mini'
import { inDatabase, mainName } from '../../database/placement'
import { exactly } from '../../http/exactly'
import { baseUrlFor, issuerFor } from '../../http/path'
import { makeClient } from '../../oauth/commands'
import { makeTenant } from '../../tenants/commands'
import type { Tenant } from '../../tenants/tenant'
import { day } from '../../time'
import { issueToken } from '../../tokens/commands'
import { CopyButton, Select } from '../shell/components'
import { authorOf, root, show, tenantPath, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'

const kits = [
  ['rfc', 'RFC 7643 and RFC 7644'],
  ['entra', 'Microsoft Entra gallery, 25 tests'],
  ['okta', 'Okta'],
  ['onelogin', 'OneLogin'],
  ['interop', 'SCIM 2.0 Interoperability Profile'],
  ['ipsie', 'IPSIE AL SCIM 2.0 Profile'],
] as const

type KitName = (typeof kits)[number][0]

const kitForm = exactly({ kit: z.enum(kits.map(([name]) => name)) })

/** The kit of the proof that fits a tenant's profile (docs/conformance.md). */
export function kitFor({ settings: { profile } }: Tenant): KitName {
  if (profile === 'strict') return 'interop'
  return profile === 'auto' || profile === 'aws' ? 'rfc' : profile
}

export function showProof(c: AdminContext) {
  const { tenant } = c.var
  return show(c, <Proof tenant={tenant} kit={kitFor(tenant)} />)
}

/** Makes the tenant for tests; its credentials end after a day, and are in this page alone. */
export async function receiveProof(c: AdminContext) {
  const { tenant } = c.var
  const form = kitForm.safeParse(await formOf(c))
  if (!form.success) return c.redirect(tenantPath(tenant, '/prove'), 303)
  // The environment as a request begins with it: a tenant is put beside the one that is looked at.
  const { mainDatabase, databaseName = mainName, ...others } = c.env
  const main = { ...others, DB: mainDatabase ?? others.DB }
  const slug = `proof-${crypto.randomUUID().slice(0, 8)}`
  const made = await makeTenant(
    main,
    { ...tenant.settings, slug, name: `Proof of ${tenant.slug}`, database: databaseName },
    authorOf(c),
  )
  if (!made.ok) return showRefusal(c, made.error)
  const home = inDatabase(main, databaseName) ?? main
  const credentials = await credentialsFor(c, home, form.data.kit, made.value)
  if (!credentials) return showRefusal(c, { kind: 'unavailable', outage: 'overloaded' })
  const run = {
    'data-kit': form.data.kit,
    'data-slug': slug,
    'data-url': baseUrlFor(c.req.url, slug),
    'data-deletion': tenantPath(made.value, '/delete'),
    ...credentials,
  }
  return show(c, <Proof tenant={tenant} kit={form.data.kit} run={run} />, 201)
}

/** How the kit signs in: Entra's gallery takes no bearer token. Undefined when nothing was made. */
async function credentialsFor(
  c: AdminContext,
  home: AdminContext['env'],
  kit: KitName,
  tenant: Tenant,
) {
  const input = { label: 'Proof kit', expiresAt: Date.now() + day }
  if (kit !== 'entra') {
    const issued = await issueToken(home, tenant, input, authorOf(c))
    return issued.ok ? { 'data-token': issued.value.token } : undefined
  }
  const issuer = issuerFor(c.req.url, tenant.slug)
  const client = { kind: 'secret', ...input } as const
  const issued = await makeClient(home, tenant, client, authorOf(c))
  return issued.ok
    ? {
        'data-client-id': issued.value.client.clientId,
        'data-secret': issued.value.secret,
        'data-issuer': issuer,
        'data-token-url': `${issuer}/token`,
      }
    : undefined
}

function Proof(props: {
  readonly tenant: Tenant
  readonly kit: KitName
  readonly run?: Readonly<Record<string, string | undefined>>
}) {
  const { tenant, kit, run } = props
  return (
    <TenantLayout tenant={tenant} section="connection" title="Proof">
      <section class="card" aria-labelledby="proof">
        <h1 id="proof">What SCIM keeps here</h1>
        <p>
          A tenant for tests is made with the settings of this one, proved from this browser, and
          deleted. Nothing of this tenant is touched; an application that reads all tenants sees the
          other one come and go.
        </p>
        <form method="post" action={tenantPath(tenant, '/prove')}>
          <Select name="kit" label="Kit" value={kit} options={kits} />
          <div class="actions">
            <button type="submit">Prove</button>
          </div>
        </form>
      </section>
      {run ? (
        <section class="card" aria-labelledby="report" {...run}>
          <h2 id="report">Report</h2>
          <p role="status">Leave this page open until it says what came of it.</p>
          <CopyButton of="proof-report" what="the report" />
          <pre id="proof-report" tabindex={0} aria-label="Each check"></pre>
          <script type="module" src={`${root}/prove.js`}></script>
        </section>
      ) : null}
    </TenantLayout>
  )
}
