/**
 * The script of the pages. It copies the value that a button names, goes to the search by a key,
 * takes the code of a shared link out of the address, shows times in the browser's zone, sends a
 * form once, and reloads what waits for something. Without it the value can be selected, the code
 * typed, the time is in UTC and the page reloaded by hand. Browsers that can (`blocking="render"`) show
 * the page once the script has run, so that nobody clicks before; in others the script may come late.
 */
const prepareCopying = (button) => {
  const source = document.getElementById(button.dataset.copy)
  const label = button.querySelector('[aria-live]')
  if (!source || !label || !navigator.clipboard) return
  button.hidden = false
  const usual = label.textContent
  const say = (text) => {
    label.textContent = text
    setTimeout(() => (label.textContent = usual), 2500)
  }
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(source.value ?? source.textContent).then(
      () => say(button.dataset.copied ?? 'Copied'),
      () => {
        if (source.select) source.select()
        else getSelection().selectAllChildren(source)
        say(button.dataset.press ?? 'Press Ctrl-C')
      },
    )
  })
}
for (const button of document.querySelectorAll('button[data-copy]')) prepareCopying(button)
/** Times are in UTC without the script; with it in the browser's zone and manner, and in UTC on hover. */
const { lang } = document.documentElement
// Some browsers have names that are none, as "en-US@posix".
const locale =
  navigator.languages.find((name) => name.split('-')[0] === lang && /^[\w-]+$/.test(name)) ?? lang
const zoned = Object.fromEntries(
  ['short', 'medium'].map((timeStyle) => [
    timeStyle,
    new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle }),
  ]),
)
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
const showZoned = (within) => {
  const today = new Date().toDateString()
  for (const time of within.querySelectorAll('time[data-time]')) {
    const at = new Date(time.dateTime)
    const isClock = time.dataset.time === 'clock' && at.toDateString() === today
    const manner = isClock ? clock : (zoned[time.dataset.time] ?? zoned.medium)
    time.textContent = manner.format(at)
    // Paper has no hover, and no day of today.
    if (isClock) time.dataset.utc = time.title
  }
}
showZoned(document)
/** Fields of times are like them: typed in the browser's zone, and sent in UTC. */
const minuteOf = (time) => new Date(time).toISOString().slice(0, 16)
for (const field of document.querySelectorAll('input[data-utc]')) {
  const [label] = field.labels
  label.textContent = label.textContent.replace(' (UTC)', '')
  const given = Date.parse(`${field.value}Z`)
  if (given) field.value = minuteOf(given - new Date(given).getTimezoneOffset() * 60_000)
  field.form.addEventListener('formdata', ({ formData }) => {
    if (field.value !== '') formData.set(field.name, minuteOf(field.value))
  })
}
/**
 * Parts that show what has come are taken anew from the page that has them: every five seconds for ten
 * minutes, then every minute. What else is on the page, such as a new token, stays.
 */
let rounds = 0
const freshen = async () => {
  const parts = [...document.querySelectorAll('[data-live]')]
  for (const address of new Set(parts.map((part) => part.dataset.live))) {
    const headers = window.top === window ? {} : { 'Rollcall-Framed': '1' }
    const answer = await fetch(address, { headers }).catch(() => undefined)
    if (!answer?.ok || answer.redirected) continue
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    for (const part of parts) {
      const next = part.dataset.live === address ? fresh.getElementById(part.id) : null
      const focused = document.activeElement
      const isIn = part.contains(focused)
      // A line that has the focus is there again, and keeps it.
      const line = isIn ? focused.dataset.line : undefined
      if (!next || (isIn && !line)) continue
      part.replaceChildren(...next.childNodes)
      showZoned(part)
      markLine()
      if (line) part.querySelector(`[data-line="${line}"]`)?.focus({ preventScroll: true })
    }
  }
}
const keepFresh = () => {
  rounds += 1
  const wait = rounds > 120 ? 60_000 : 5_000
  setTimeout(() => void (document.hidden ? Promise.resolve() : freshen()).then(keepFresh), wait)
}
if (document.querySelector('[data-live]')) keepFresh()
/**
 * The log: a line opens beside the list, at an address of its own. Up and down go to the next one, Escape
 * closes. Without the script the link opens the same page.
 */
const beside = document.querySelector('.beside')
const lineLinks = () => [...(beside?.querySelectorAll('a[data-line]') ?? [])]
const shownLine = () => new URLSearchParams(location.search).get('line')
const currentLink = () => lineLinks().find((link) => link.dataset.line === shownLine())
const panel = () => document.getElementById('line')
const markLine = () => {
  for (const link of lineLinks()) {
    if (link.dataset.line === shownLine()) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}
let asked = 0
let wanted = null
// The line that is shown, or asked for: who holds a key goes on from there.
const here = () => lineLinks().find((link) => link.href === wanted) ?? currentLink()
let opened = shownLine()
const openLine = async ({ href }) => {
  const number = (asked += 1)
  wanted = href
  const answer = await fetch(href, { headers: { 'Rollcall-Part': 'line' } }).catch(() => undefined)
  if (number !== asked) return
  if (!answer?.ok || answer.redirected) {
    location.assign(href)
    return
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  history[panel() ? 'replaceState' : 'pushState'](null, '', href)
  wanted = null
  opened = shownLine()
  panel()?.remove()
  beside.append(page.getElementById('line'))
  showZoned(panel())
  panel().querySelectorAll('button[data-copy]').forEach(prepareCopying)
  markLine()
  currentLink()?.scrollIntoView({ block: 'nearest' })
  panel().scrollIntoView({ block: innerWidth < 1200 ? 'start' : 'nearest' })
  panel().focus({ preventScroll: true })
}
const closeLine = () => {
  const link = currentLink()
  asked += 1
  wanted = null
  history.replaceState(null, '', panel().querySelector('[data-close]').href)
  opened = null
  panel().remove()
  markLine()
  link?.focus()
}
beside?.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-line], a[data-close]')
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  if (link.dataset.line) void openLine(link)
  else closeLine()
})
const steps = { ArrowDown: 1, ArrowUp: -1 }
const goThroughLines = (event) => {
  const { key, target } = event
  const isOther = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey
  if (isOther || target.closest?.('input, select, pre')) return
  if (key === 'Escape' && panel()) closeLine()
  if (!steps[key]) return
  const links = lineLinks()
  const from = panel() ? here() : target
  const isHere = links.includes(from)
  if (!panel() && !isHere) return
  event.preventDefault()
  const next = isHere ? links[links.indexOf(from) + steps[key]] : links[0]
  if (next && panel()) void openLine(next)
  else next?.focus()
}
if (beside) {
  addEventListener('keydown', goThroughLines)
  // A jump within the page is one, too, and changes no line.
  addEventListener('popstate', () => {
    if (shownLine() !== opened) location.reload()
  })
}
// The search, from any page: "/" outside of a field, and Ctrl-K or Command-K everywhere.
addEventListener('keydown', (event) => {
  const find = document.querySelector('[data-find]')
  const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]')
  const isAsked =
    event.key === '/' ? !isTyping : event.key === 'k' && (event.ctrlKey || event.metaKey)
  if (!find || !isAsked) return
  event.preventDefault()
  find.focus()
  find.select()
})
const code = document.querySelector('input[data-fragment]')
const takeCode = () => {
  if (!code || location.hash.length < 2) return
  code.value = location.hash.slice(1)
  code.closest('.field').hidden = true
  // The page in another language is of the same link.
  for (const link of document.querySelectorAll('a[hreflang]')) link.hash = code.value
  history.replaceState(null, '', location.pathname)
}
takeCode()
addEventListener('hashchange', takeCode)
const waiting = document.querySelector('[data-reload]')
// Who has begun to fill in a form before the script was there is not disturbed.
const isBegun = () =>
  [...document.querySelectorAll('main input, main textarea')].some(
    (field) => field === document.activeElement || field.value !== field.defaultValue,
  )
if (waiting && !isBegun()) {
  const timer = setInterval(
    () => {
      if (!document.hidden) location.reload()
    },
    Number(waiting.dataset.reload) * 1000,
  )
  for (const kind of ['pointerdown', 'keydown', 'input']) {
    addEventListener(kind, () => clearInterval(timer), { once: true })
  }
}
/** A form is sent once, however often its button is clicked. */
addEventListener('submit', (event) => {
  const form = event.target
  if (form.method !== 'post') return
  if (form.dataset.sent) event.preventDefault()
  form.dataset.sent = 'yes'
  // The page stays when the answer is a file. What makes something waits for the next page.
  if (form.dataset.once === undefined) setTimeout(() => delete form.dataset.sent, 5000)
})
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})
