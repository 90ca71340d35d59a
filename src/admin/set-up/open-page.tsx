/** The page that opens a shared link. */
import type { Child } from 'hono/jsx'
import { hashToken } from '../../tokens/secret'
import { inDatabase } from '../../database/placement'
import { openLink } from '../../access/links'
import { noteAttempt, refuseSecret } from '../access/attempts'
import { openForm } from '../access/forms'
import { openSession } from '../access/session'
import { root, setUpPath, tenantPath, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { Field, Notice } from '../shell/components'
import { useWords, type Words } from '../guide/words'
import { Frame } from './frame'
import { showInWords, showProblem } from './show'

/** The page alone opens nothing, because programs look at links before people do. */
export function showOpening(c: AdminContext) {
  const hasEnded = c.req.query('ended') !== undefined
  return showInWords(c, <Opening error={hasEnded ? ended : undefined} />)
}

export async function receiveOpening(c: AdminContext) {
  const wait = await noteAttempt(c)
  if (wait > 0) {
    c.header('Retry-After', String(wait))
    const error = (words: Words) => words.counted('open.wait', Math.ceil(wait / 60))
    return showInWords(c, <Opening error={error} />, 429)
  }
  const form = openForm.safeParse(await formOf(c))
  const opened = form.success ? await openWith(c, form.data.code) : undefined
  if (opened && !opened.ok) return showProblem(c, opened.error)
  if (opened?.value !== undefined) {
    const { slug, role } = opened.value
    const path = role === 'approve' ? tenantPath({ slug }, '/holds') : setUpPath({ slug })
    return c.redirect(path, 303)
  }
  await refuseSecret(c, 'link')
  return showInWords(c, <Opening error={(words) => words.text('open.refused')} />, 403)
}

function ended(words: Words) {
  return words.text('open.ended')
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
function Opening({ error }: { readonly error: ((words: Words) => Child) | undefined }) {
  const words = useWords()
  return (
    <Frame title={words.text('open.title')}>
      <section class="card narrow">
        <h1>{words.text('open.title')}</h1>
        {error ? <Notice state="bad">{error(words)}</Notice> : null}
        <p>{words.nodes('open.text')}</p>
        <form method="post" action={`${root}/open`}>
          <Field
            name="code"
            label={words.text('open.code')}
            hint={words.text('open.hint')}
            isRequired
            more={{
              'data-fragment': true,
              maxlength: 100,
              autocomplete: 'off',
              autocapitalize: 'none',
              spellcheck: false,
            }}
          />
          <button type="submit">{words.text('open.button')}</button>
        </form>
      </section>
    </Frame>
  )
}
