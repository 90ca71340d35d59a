/** Assets of the pages, as text in the Worker: no bucket of files has to be bound. */
export { style } from './style'

/**
 * The script of the pages. It copies the value that a button names, takes the code of a shared link
 * out of the address, and reloads a page that waits for something until its reader types or clicks.
 * Without it the value can be selected, the code typed and the page reloaded by hand.
 */
export const script = `
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy)
  const label = button.querySelector('[aria-live]')
  if (!source || !label || !navigator.clipboard) continue
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent)
      label.textContent = 'Copied'
    } catch {
      source.select?.()
      label.textContent = 'Press Ctrl-C'
    }
    setTimeout(() => (label.textContent = 'Copy'), 2500)
  })
}
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
  const timer = setInterval(() => {
    if (!document.hidden) location.reload()
  }, Number(waiting.dataset.reload) * 1000)
  for (const kind of ['pointerdown', 'keydown', 'input']) {
    addEventListener(kind, () => clearInterval(timer), { once: true })
  }
}
`

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <rect width="24" height="24" rx="6" fill="#3b4fd8"/>
  <path d="M5.5 8l1.7 1.7L10 6.7M5.5 15.500l1.7 1.7 2.800-3M13 8.500h5.500M13 16h5.500" fill="none"
    stroke="#fff" stroke-width="1.900" stroke-linecap="round" stroke-linejoin="round"/>
</svg>`
