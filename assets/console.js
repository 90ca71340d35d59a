/**
 * The script of the pages. It copies the value that a button names, goes to the search by a key,
 * takes the code of a shared link out of the address, shows times in the browser's zone, sends a
 * form once, and reloads what waits for something. Without it the value can be selected, the code
 * typed, the time is in UTC and the page reloaded by hand.
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
        source.select?.()
        say(button.dataset.press ?? 'Press Ctrl-C')
      },
    )
  })
}
for (const button of document.querySelectorAll('button[data-copy]')) prepareCopying(button)
/** Times are in UTC without the script; with it in the browser's zone, and in UTC on hover. */
const zoned = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: 'medium',
  timeStyle: 'short',
})
const showZoned = (within) => {
  for (const time of within.querySelectorAll('.customer time[datetime]')) {
    time.textContent = zoned.format(new Date(time.dateTime))
  }
}
showZoned(document)
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
      if (!next || part.contains(document.activeElement)) continue
      part.replaceChildren(...next.childNodes)
      showZoned(part)
    }
  }
}
const keepFresh = () => {
  rounds += 1
  const wait = rounds > 120 ? 60_000 : 5_000
  setTimeout(() => void (document.hidden ? Promise.resolve() : freshen()).then(keepFresh), wait)
}
if (document.querySelector('[data-live]')) keepFresh()
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
  history.replaceState(null, '', location.pathname)
}
takeCode()
addEventListener('hashchange', takeCode)
const waiting = document.querySelector('[data-reload]')
if (waiting) {
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
