/** The page that opens a shared link. */
import { hashToken } from '../../tokens/secret'
import { inDatabase } from '../../database/placement'
import { openLink } from '../../access/links'
import { noteAttempt, refuseSecret } from './attempts'
import { root, show, tenantPath, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, Notice } from '../shell/components'
import { openSession } from './session'
import { waitText } from './sign-in-page'
import { openForm } from './forms'

/** The page alone opens nothing, because programs look at links before people do. */
export function showOpening(c: AdminContext) {
  return show(c, <Opening />)
}

export async function receiveOpening(c: AdminContext) {
  const wait = await noteAttempt(c)
  if (wait > 0) {
    c.header('Retry-After', String(wait))
    return show(c, <Opening error={waitText(wait)} />, 429)
  }
  const form = openForm.safeParse(await formOf(c))
  const slug = form.success ? await openWith(c, form.data.code) : undefined
  if (slug && !slug.ok) return showRefusal(c, slug.error)
  if (slug?.value !== undefined) return c.redirect(tenantPath({ slug: slug.value }), 303)
  await refuseSecret(c, 'link')
  const text =
    'This link opens nothing: it has expired, was revoked, or is not complete. Ask for another one.'
  return show(c, <Opening error={text} />, 403)
}

async function openWith(c: AdminContext, code: string) {
  const [secret = '', name] = code.split('.').reverse()
  const home = inDatabase(c.env, name)
  if (!home) return undefined
  const linkHash = await hashToken(secret)
  const { requestId } = c.var
  return openSession(c, home, (hash) => openLink(home.DB, linkHash, { hash, requestId }))
}

/** The form of the code. The script moves the code here, out of the address and the history. */
function Opening({ error }: { readonly error?: string }) {
  return (
    <Layout title="Open the console" isOpen>
      <section class="card narrow">
        <h1>Open the console</h1>
        {error ? <Notice state="bad">{error}</Notice> : null}
        <p>
          You were given a link to the page where your people and teams arrive. It opens for eight
          hours in this browser; after that open the link again.
        </p>
        <form method="post" action={`${root}/open`}>
          <Field
            name="code"
            label="Code of the link"
            hint="What stands behind # in the link."
            isRequired
            more={{
              'data-fragment': true,
              maxlength: 100,
              autocomplete: 'off',
              autocapitalize: 'none',
              spellcheck: false,
            }}
          />
          <button type="submit">Open</button>
        </form>
      </section>
    </Layout>
  )
}
