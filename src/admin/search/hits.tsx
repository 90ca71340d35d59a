/** Hits of the search as lists. */
import type { Child } from 'hono/jsx'
import { maximumHits } from '../../search/search'

export interface Hit {
  readonly href: string
  readonly name: string
  readonly state?: Child
  readonly more: Child
}

export function Hits({ title, hits }: { readonly title: string; readonly hits: readonly Hit[] }) {
  if (hits.length === 0) return null
  const id = title.toLowerCase()
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class="groups">
        {hits.map(({ href, name, state, more }) => (
          <li>
            <p>
              <a href={href}>{name}</a> {state} <span class="hint">{more}</span>
            </p>
          </li>
        ))}
      </ul>
      {hits.length < maximumHits ? null : (
        <p class="hint">
          There may be more: at most {maximumHits} of a kind are shown. Write more.
        </p>
      )}
    </section>
  )
}
