/**
 * The script of the pages. It copies the value that a button names, goes to the search by a key, takes the code of a shared link
 * out of the address, and reloads a page that waits for something until its reader types or clicks.
 * It sends a form once, however often its button is clicked.
 * Without it the value can be selected, the code typed and the page reloaded by hand.
 */
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy)
  const label = button.querySelector('[aria-live]')
  if (!source || !label || !navigator.clipboard) continue
  button.hidden = false
  const say = (text) => {
    label.textContent = text
    setTimeout(() => (label.textContent = 'Copy'), 2500)
  }
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(source.value ?? source.textContent).then(
      () => say('Copied'),
      () => {
        source.select?.()
        say('Press Ctrl-C')
      },
    )
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
addEventListener('submit', (event) => {
  const form = event.target
  if (form.method !== 'post') return
  if (form.dataset.sent) event.preventDefault()
  form.dataset.sent = 'yes'
  // The page stays when the answer is a file, or the reader goes back.
  setTimeout(() => delete form.dataset.sent, 5000)
})
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})
