/** The guides of identity providers as the operator reads them: all steps of one below each other. */
import { Blocks } from '../guide/blocks'
import type { Guides } from '../guide/guide'
import { WordsProvider, type Words } from '../guide/words'
import type { Tenant } from '../../tenants/tenant'

/** One guide is open at a time; first that of the tenant's own provider, if it is known. */
export function GuideList(props: {
  readonly tenant: Tenant
  readonly baseUrl: string
  /** The token, on the one page that shows it. */
  readonly token: string | undefined
  readonly guides: Guides
  readonly words: Words
}) {
  const { tenant, baseUrl, token, guides, words } = props
  return (
    <WordsProvider value={words}>
      <div class="guides">
        {guides.guides.map((guide) => (
          <details
            name="guide"
            id={`guide-${guide.name}`}
            open={guide.name === tenant.settings.profile}
          >
            <summary>{guide.title || words.text('choose.other')}</summary>
            {guide.steps.map((step) => {
              const prefix = `${guide.name}-${step.id}`
              const shown = { guide, guides, tenant, baseUrl, token, prefix, tokenPart: null }
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
