/** The guides of identity providers as the operator reads them: all steps of one below each other. */
import { Blocks } from '../guide/blocks'
import type { Guides } from '../guide/guide'
import { tenantPath } from '../shell/context'
import { WordsProvider, type Words } from '../guide/words'
import type { Tenant } from '../../tenants/tenant'

/** One guide is open at a time, first the one that is named. */
export function GuideList(props: {
  readonly tenant: Tenant
  readonly baseUrl: string
  readonly tokenUrl: string
  /** The token, on the one page that shows it. */
  readonly token: string | undefined
  readonly guides: Guides
  readonly words: Words
  readonly opened: string | null
}) {
  const { tenant, baseUrl, tokenUrl, token, guides, words, opened } = props
  return (
    <WordsProvider value={words}>
      <div class="guides">
        {guides.guides.map((guide) => (
          <details name="guide" id={`guide-${guide.name}`} open={guide.name === opened}>
            <summary>{guide.title || words.text('choose.other')}</summary>
            {guide.steps.map((step) => {
              const prefix = `${guide.name}-${step.id}`
              const clientsPath = (page: string) => tenantPath(tenant, page)
              const addresses = { baseUrl, tokenUrl, clientsPath }
              const shown = { guide, guides, tenant, ...addresses, token, prefix, tokenPart: null }
              return (
                <>
                  <h3>{words.text(step.title)}</h3>
                  <Blocks blocks={step.blocks} shown={shown} />
                </>
              )
            })}
          </details>
        ))}
      </div>
    </WordsProvider>
  )
}
