/**
 * The kit in a page of the console: proves the tenant for tests that the page has made, shows progress and
 * report, and has the tenant deleted. It becomes `assets/prove.js`.
 */
import { kitNames } from './check.ts'
import { kits } from './kits/all.ts'
import { showReport, showRow } from './report.ts'
import { enter, runKit } from './run.ts'
import type { Credentials } from './sign-in.ts'

const place = document.querySelector<HTMLElement>('[data-kit]')
const status = place?.querySelector('[role=status]')
const report = place?.querySelector('pre')
if (place && status && report) {
  status.textContent = `${await prove(place.dataset, say(status), say(report))} ${await tidy(place.dataset)}`
}

function say(element: Element): (text: string) => void {
  return (text) => {
    element.textContent = text
  }
}

/** Answers the result in a sentence. */
async function prove(
  facts: DOMStringMap,
  progress: (text: string) => void,
  show: (text: string) => void,
): Promise<string> {
  const name = kitNames.find((one) => one === facts['kit'])
  if (!name) return 'There is no such kit.'
  const kit = kits[name]
  const room = await enter({
    url: facts['url'] ?? '',
    credentials: credentialsIn(facts),
    // A browser sets the name of the program itself.
    fetch: (url, init) => fetch(url, { ...init, cache: 'no-store' }),
  })
  if (!room.ok) return room.error
  const startedAt = new Date().toISOString()
  const rows = await runKit(kit, room.value, (row, number, of) => {
    progress(`${number} of ${of}: ${row.name}`)
    show(`${report?.textContent ?? ''}${showRow(row)}\n`)
  })
  const { title, source } = kit
  const { url, note = '' } = room.value
  const head = { kit: name, title, source, url, startedAt, ...(note === '' ? {} : { note }) }
  const text = showReport({ ...head, rows })
  show(text)
  return text.split('\n').at(-1) ?? ''
}

function credentialsIn({
  token = '',
  clientId,
  secret,
  tokenUrl,
  issuer,
}: DOMStringMap): Credentials {
  return clientId !== undefined && secret !== undefined && tokenUrl !== undefined
    ? { kind: 'secret', clientId, secret, tokenUrl, issuer }
    : { kind: 'token', token }
}

/** Has the tenant deleted by the console's own form; answers what came of it. */
async function tidy({ deletion = '', slug = '' }: DOMStringMap): Promise<string> {
  const body = new URLSearchParams({ slug })
  const answer = await fetch(deletion, { method: 'POST', body }).catch(() => undefined)
  return answer?.ok === true
    ? 'The tenant for tests is deleted.'
    : `Delete the tenant ${slug} by hand: that did not work.`
}
