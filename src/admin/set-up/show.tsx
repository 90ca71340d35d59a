/** Answers of the pages that links open: in the customer's language, in the product's name. */
import { setCookie } from 'hono/cookie'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { problemOf, type AdminRefusal } from '../shell/problem'
import { askedLanguage, languageCookie, readWords, WordsProvider } from '../guide/words'
import { show, type AdminContext } from '../shell/context'
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

/** What could not be read or done, in the words of the administration. */
export function showProblem(c: AdminContext, refusal: AdminRefusal): Promise<Response> {
  const { title, detail, status } = problemOf(refusal)
  const page = (
    <Frame title={title}>
      <h1>{title}</h1>
      <p lang="en">{detail}</p>
    </Frame>
  )
  return showInWords(c, page, status)
}
