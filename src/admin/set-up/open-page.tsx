/** The page that opens a shared link. */
import type { Child } from 'hono/jsx'
import { hashToken } from '../../tokens/secret'
import { inDatabase, type Databases } from '../../database/placement'
import { openLink, readUse } from '../../access/links'
import { ok } from '../../result'
import { forgetAttempt, noteAttempt, refuseSecret } from '../access/attempts'
import { openForm } from '../access/forms'
import { markBrowser, openSession, pageAfterSignIn, secretOfVisit } from '../access/session'
import { root, setUpPath, tenantPath, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { Field, Notice } from '../shell/components'
import { useWords, When, type Words } from '../guide/words'
import { Frame } from '../customer/frame'
import { showInWords, showProblem } from '../customer/show'

/** What is said of how a visit has ended; of every other way, that it has. */
const endings = new Map([
  ['form', 'open.unsaved'],
  ['out', 'open.signedOut'],
])

/** The page alone opens nothing, because programs look at links before people do. */
export function showOpening(c: AdminContext) {
  markBrowser(c)
  const ended = c.req.query('ended')
  const key = endings.get(ended ?? '') ?? 'open.ended'
  const error = ended === undefined ? undefined : (words: Words) => words.text(key)
  const next = pageAfterSignIn(c.req.query('next'))
  return showInWords(c, <Opening error={error} next={next} />)
}

export async function receiveOpening(c: AdminContext) {
  const fields = await formOf(c)
  const next = pageAfterSignIn(fields['next'])
  const wait = await noteAttempt(c, 'link')
  if (wait > 0) {
    c.header('Retry-After', String(wait))
    const error = (words: Words) => words.counted('open.wait', Math.ceil(wait / 60))
    return showInWords(c, <Opening error={error} next={next} />, 429)
  }
  const form = openForm.safeParse(fields)
  const link = form.success ? await linkOf(c, form.data.code) : undefined
  const opened = link && (await openWith(c, link))
  if (opened && !opened.ok) return showProblem(c, opened.error)
  if (opened?.value !== undefined) {
    forgetAttempt(c, 'link')
    const { slug, role } = opened.value
    const first = role === 'approve' ? tenantPath({ slug }, '/holds') : setUpPath({ slug })
    return c.redirect(isBelow(first, next) ? next : first, 303)
  }
  await refuseSecret(c, 'link')
  const used = link ? await readUse(link.home.DB, link.hash) : ok(undefined)
  const at = used.ok ? (used.value ?? null) : null
  const error = (words: Words) =>
    at === null ? words.text('open.refused') : words.nodes('open.used', { at: <When at={at} /> })
  return showInWords(c, <Opening error={error} next={next} />, 403)
}

/** True for a page of the visit that has this first page. */
function isBelow(first: string, page: string): boolean {
  return page.startsWith(first) && /^([/?]|$)/.test(page.slice(first.length))
}

/** A link that a code could be of: its secret, the hash of that, and the database that would know it. */
interface Link {
  readonly home: Databases
  readonly secret: string
  readonly hash: string
}

async function linkOf(c: AdminContext, code: string): Promise<Link | undefined> {
  const [secret = '', name] = code.split('.').reverse()
  const home = inDatabase(c.env, name)
  return home && { home, secret, hash: await hashToken(secret) }
}

/** A link that opens once has a visit that is found again; any other one opens anew, with a new secret. */
async function openWith(c: AdminContext, { home, secret, hash }: Link) {
  const { requestId } = c.var
  const used = await readUse(home.DB, hash)
  if (!used.ok) return used
  const open = (session: string) => openLink(home.DB, hash, { hash: session, requestId })
  const visit = used.value === undefined ? undefined : await secretOfVisit(c, secret)
  return openSession(c, home, open, { slugOf: ({ slug }) => slug, secret: visit })
}

/** The form of the code. The script moves the code here, out of the address and the history. */
function Opening(props: {
  readonly error: ((words: Words) => Child) | undefined
  /** The page that the visit goes on with, if it is one of its own. */
  readonly next: string
}) {
  const { error, next } = props
  const words = useWords()
  return (
    <Frame title={words.text('open.title')}>
      <section class="card narrow">
        <h1>{words.text('open.title')}</h1>
        {error ? <Notice state="bad">{error(words)}</Notice> : null}
        <p>{words.nodes('open.text')}</p>
        <form method="post" action={`${root}/open`} data-once>
          {next === root ? null : <input type="hidden" name="next" value={next} />}
          <Field
            name="code"
            label={words.text('open.code')}
            hint={words.text('open.hint')}
            isRequired
            more={{
              'data-fragment': true,
              maxlength: 300,
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
