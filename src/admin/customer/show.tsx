/** Answers of the pages that links open: in the customer's language, in the product's name. */
import { setCookie } from 'hono/cookie'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { problemOf, type AdminRefusal } from '../shell/problem'
import { pageToRenew } from '../shell/refusal'
import { askedLanguage, languageCookie, readWords, useWords, WordsProvider } from '../guide/words'
import { homePath, show, useViewer, type AdminContext } from '../shell/context'
import { isEmbedded } from '../shell/headers'
import { day } from '../../time'
import { Frame } from './frame'

/** Seconds that a chosen language is remembered. */
const languageTime = (365 * day) / 1000

export async function showInWords(
  c: AdminContext,
  page: Child,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const words = await readWords(c)
  const asked = askedLanguage(c)
  if (asked !== undefined) {
    const isFramed = isEmbedded(c)
    setCookie(c, languageCookie, asked, {
      path: '/',
      maxAge: languageTime,
      ...(isFramed ? { sameSite: 'None', secure: true, partitioned: true } : { sameSite: 'Lax' }),
    })
  }
  return show(c, <WordsProvider value={words}>{page}</WordsProvider>, status)
}

const said = {
  notFound: ['said.notFound', 'said.notFound.text'],
  address: ['said.address', 'said.address.text'],
  busy: ['said.busy', 'said.busy.text'],
  readOnly: ['said.notAllowed', 'choose.readOnly'],
  notAllowed: ['said.notAllowed', 'said.notAllowed.text'],
  foreign: ['said.notAllowed', 'said.foreign'],
  unnamed: ['said.notAllowed', 'said.unnamed'],
  ended: ['said.again', 'said.again.text'],
  oldForm: ['said.old', 'said.old.text'],
  version: ['said.changed', 'said.changed.text'],
  failed: ['said.failed', 'said.failed.text'],
} as const

/** A page that says one thing, with the number by which the product can find the request. */
export function showSaid(
  c: AdminContext,
  what: keyof typeof said,
  status: ContentfulStatusCode,
  anew?: string,
): Promise<Response> {
  return showInWords(c, <Said what={what} request={c.var.requestId} anew={anew} />, status)
}

function Said(props: {
  readonly what: keyof typeof said
  readonly request: string
  /** The page whose form was refused. */
  readonly anew: string | undefined
}) {
  const { what, request, anew } = props
  const words = useWords()
  const viewer = useViewer()
  const [title, text] = said[what]
  return (
    <Frame title={words.text(title)}>
      <h1>{words.text(title)}</h1>
      <p>{words.nodes(text, { request })}</p>
      {anew === undefined ? null : (
        <p>
          <a class="button" href={anew}>
            {words.text('said.anew')}
          </a>
        </p>
      )}
      {viewer?.tenant ? (
        <p>
          <a href={homePath(viewer)}>{words.text('said.home')}</a>
        </p>
      ) : null}
    </Frame>
  )
}

/** What could not be read or done. What the vendor has to do about it is not the customer's. */
export function showProblem(c: AdminContext, refusal: AdminRefusal): Promise<Response> {
  const { status } = problemOf(refusal)
  const { kind } = refusal
  if (kind === 'ended' || kind === 'oldForm' || kind === 'version') {
    return showSaid(c, kind, status, pageToRenew(c, refusal))
  }
  return showSaid(c, status === 404 ? 'notFound' : 'busy', status)
}
