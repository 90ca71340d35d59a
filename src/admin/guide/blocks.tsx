/** The parts of a guide's step on a page. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../../tenants/tenant'
import { keyOf, type Block, type FieldValue, type Guide, type Guides } from './guide'
import { useWords } from './words'

export interface Shown {
  readonly guide: Guide
  readonly guides: Guides
  readonly tenant: Tenant
  readonly baseUrl: string
  /** Address that exchanges an OAuth client's secret or assertion. */
  readonly tokenUrl: string
  /** The address of a page of OAuth clients, such as `/clients`. */
  readonly clientsPath: (page: string) => string
  /** The token, on the one page that shows it. */
  readonly token: string | undefined
  /** Begin of the ids of the page's elements. */
  readonly prefix: string
  /** What stands in the place of the token; undefined where the page has it elsewhere. */
  readonly tokenPart: Child
}

/** Name of the provider, in the middle of a sentence. */
export function useProvider(guide: Guide | undefined): string {
  const words = useWords()
  return guide?.title || words.text('provider.any')
}

export function Blocks({
  blocks,
  shown,
}: {
  readonly blocks: readonly Block[]
  readonly shown: Shown
}) {
  // Instructions are numbered through all lists of a step.
  let number = 1
  return (
    <>
      {blocks.map((block, index) => {
        const start = number
        if (block.kind === 'do') number += block.keys.length
        return <Part block={block} start={start} id={`${shown.prefix}-${index}`} shown={shown} />
      })}
    </>
  )
}

interface PartProps {
  readonly block: Block
  readonly start: number
  readonly id: string
  readonly shown: Shown
}

function Part({ block, start, id, shown }: PartProps) {
  const words = useWords()
  const provider = useProvider(shown.guide)
  const isStrict = shown.tenant.settings.rules.email === 'reject'
  if (block.kind === 'do') {
    return (
      <ol class="do" start={start}>
        {block.keys.map((key) => (
          <li>{words.nodes(key)}</li>
        ))}
      </ol>
    )
  }
  if (block.kind === 'values') {
    return (
      <dl class="fields">
        {block.rows.map(([field, value], index) => (
          <div>
            {field === '' ? null : <dt lang="en">{words.fill(field, {})}</dt>}
            <dd>
              <Value value={value} id={`${id}-${index}`} label={field} shown={shown} />
            </dd>
          </div>
        ))}
      </dl>
    )
  }
  if (block.kind === 'mapping') {
    const source = words.text('mapping.source', { provider })
    const rows = block.rows.map(([attribute, from, inLowerCase], index) => [
      <Copyable id={`${id}-${index}-a`} value={attribute} />,
      <Copyable id={`${id}-${index}-b`} value={(isStrict && inLowerCase) || from} />,
    ])
    return <Pairs head={[words.text('mapping.attribute'), source]} rows={rows} />
  }
  if (block.kind === 'template') {
    const of = `${shown.guide.name}-template`
    return (
      <div class="template">
        <Copy of={of} what={words.text('step.template')} />
        <pre id={of} tabindex={0} aria-label={words.text('step.template')}>
          {JSON.stringify(block.json, null, 2)}
        </pre>
      </div>
    )
  }
  if (block.kind === 'text') {
    return block.ifStrict && !isStrict ? null : <p>{words.nodes(block.key)}</p>
  }
  if (block.kind === 'caution') {
    return (
      <div class="notice" data-state="warn" role="note">
        {block.title === undefined ? null : <p class="strong">{words.text(block.title)}</p>}
        <p>{words.nodes(block.key)}</p>
      </div>
    )
  }
  if (block.kind === 'troubles') {
    return <Troubles codes={block.codes} guide={shown.guide} guides={shown.guides} />
  }
  if (block.kind === 'rules') return <Rules tenant={shown.tenant} provider={provider} />
  if (block.kind === 'token') return <>{shown.tokenPart}</>
  if (block.kind === 'fold') {
    return (
      <details class="fold">
        <summary>{words.nodes(block.title)}</summary>
        <Blocks blocks={block.blocks} shown={{ ...shown, prefix: id }} />
      </details>
    )
  }
  const [page, key] =
    block.kind === 'client'
      ? [`/new-client/${block.of}`, clientTexts[block.of]]
      : ['/clients', 'token.clients']
  return (
    <p>
      <a href={shown.clientsPath(page)}>{words.text(key)}</a>
    </p>
  )
}

const clientTexts = { secret: 'token.newClient', federated: 'token.newFederation' } as const

function Value(props: {
  readonly value: FieldValue
  readonly id: string
  readonly label: string
  readonly shown: Shown
}) {
  const { value, id, shown } = props
  const words = useWords()
  const { baseUrl, tokenUrl, token } = shown
  if ('say' in value) return <>{words.nodes(value.say, { provider: shown.guide.title })}</>
  if ('word' in value) return <b lang="en">{value.word}</b>
  if ('copy' in value) {
    return (
      <>
        <Copyable id={id} value={words.fill(value.copy, { baseUrl, tokenUrl })} />
        {value.note === undefined ? null : <p class="hint">{words.nodes(value.note)}</p>}
      </>
    )
  }
  if (token === undefined) return <>{words.text('token.asShown')}</>
  return <Copyable id={id} value={token} />
}

/** A short value with its button. */
export function Copyable({ id, value }: { readonly id: string; readonly value: string }) {
  return (
    <span class="copyable">
      <code id={id}>{value}</code> <Copy of={id} what={value} />
    </span>
  )
}

export function Copy({ of, what }: { readonly of: string; readonly what: string }) {
  const words = useWords()
  return (
    <button
      type="button"
      data-copy={of}
      data-copied={words.text('frame.copied')}
      data-press={words.text('frame.pressCopy')}
      data-kind="quiet"
      hidden
    >
      <span aria-live="polite">{words.text('frame.copy')}</span>
      <span class="unseen"> {what.length > 100 ? `${what.slice(0, 100)}…` : what}</span>
    </button>
  )
}

/** What may be seen, and what to do about it in the provider. */
export function Troubles(props: {
  readonly codes: readonly string[]
  readonly guide: Guide
  readonly guides: Guides
  /** Key of the title of a table that is open from the start. */
  readonly openTitle?: string
}) {
  const { codes, guide, guides, openTitle } = props
  const words = useWords()
  const provider = useProvider(guide)
  const rows = codes.flatMap((code) => {
    const [seen, fix] = [keyOf(guides.troubles, code), keyOf(guide.fixes, code)]
    return seen === undefined || fix === undefined ? [] : [[words.nodes(seen), words.nodes(fix)]]
  })
  if (rows.length === 0) return null
  return (
    <details class="fold" open={openTitle !== undefined}>
      <summary>{words.text(openTitle ?? 'step.troubles')}</summary>
      <Pairs
        head={[words.text('step.seen'), words.text('step.remedy', { provider })]}
        rows={rows}
      />
    </details>
  )
}

/** Which values the tenant takes, by its own rules. */
function Rules({ tenant, provider }: { readonly tenant: Tenant; readonly provider: string }) {
  const words = useWords()
  const { name, email } = tenant.settings.rules
  const rows = [
    [words.text('rules.name'), words.nodes(nameRules[name])],
    [words.text('rules.email'), words.nodes(emailRules[email])],
    [words.text('rules.active'), words.nodes('rules.active.text', { provider })],
  ]
  return (
    <>
      <h2>{words.text('rules.title')}</h2>
      <Pairs head={[words.text('mapping.attribute'), words.text('mapping.value')]} rows={rows} />
    </>
  )
}

const nameRules = { reject: 'rules.name.reject', allow: 'rules.name.allow' } as const
const emailRules = {
  reject: 'rules.email.reject',
  lowercase: 'rules.email.lowercase',
  allow: 'rules.email.allow',
} as const

/** A table of two columns; on a phone each row is a card. */
function Pairs(props: {
  readonly head: readonly [string, string]
  readonly rows: readonly (readonly Child[])[]
}) {
  const { head, rows } = props
  return (
    <table role="table" class="pairs">
      <thead role="rowgroup">
        <tr role="row">
          {head.map((text) => (
            <th scope="col" role="columnheader">
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(([first, second]) => (
          <tr role="row">
            <th scope="row" role="rowheader">
              {first}
            </th>
            <td role="cell" data-label={head[1]}>
              {second}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
