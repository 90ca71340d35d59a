/** What the documents say of links, migrations, settings, events and configurations is what there is. */
import { access, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { experimental_readRawConfig, type Unstable_RawConfig } from 'wrangler'
import { root } from '../../scripts/root.ts'
import { eventTypes } from '../../src/database/schema/event-types.ts'
import { makeCheckout, type Checkout } from '../support/checkout.ts'
import {
  blocksOf,
  proseOf,
  readDocument,
  readDocuments,
  sectionOf,
  tableAfter,
} from '../support/documents.ts'
import { adminToken, startServer } from '../support/server.ts'
import { operator } from '../support/tenant.ts'
import released from '../support/releases/0.2.0.json' with { type: 'json' }

const documents = await readDocuments()

/** The anchors that a page has, as GitHub makes them of its headings. */
function anchorsOf(text: string): string[] {
  return [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the links of', () => {
  const anchors = new Map(documents.map(({ path, text }) => [path, anchorsOf(text)]))

  it.each(documents.map(({ path, text }) => [path, text] as const))(
    '%s lead somewhere',
    async (path, text) => {
      for (const [, link = ''] of proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link)) continue
        const [file = '', anchor] = link.split('#')
        const target = file === '' ? path : normalize(join(dirname(path), file))
        await expect(access(join(root, target)), link).resolves.toBeUndefined()
        if (anchor !== undefined) expect(anchors.get(target), link).toContain(anchor)
      }
    },
  )
})

describe('the migrations', () => {
  const sorted = readdir(join(root, 'drizzle')).then((names) =>
    names.flatMap((name) => (name.endsWith('.sql') ? [name.slice(0, -4)] : [])).toSorted(),
  )

  it('are all in the table of docs/operating.md', async () => {
    const rows = tableAfter(await readDocument('docs/operating.md'), '| migration |')
    expect(rows.map(([name]) => name)).toEqual((await sorted).map((name) => `\`${name}\``))
  })

  it('since the last release are those that the changelog counts', async () => {
    const changelog = sectionOf(
      await readDocument('CHANGELOG.md'),
      '### To do when you upgrade from 0.2.0',
    )
    const known = released.migrations.map((name) => name.replace('.sql', ''))
    const later = (await sorted).filter((name) => !known.includes(name))
    const named = [...changelog.matchAll(/`(\d{4}_\w+)`/g)].map(([, name]) => name)
    expect(named).toEqual(later)
    const words = ['Nineteen', 'Twenty', 'Twenty-one', 'Twenty-two', 'Twenty-three', 'Twenty-four']
    expect(changelog).toContain(`${words[later.length - 19]} migrations run`)
  })
})

it('a new tenant has the settings that docs/settings.md calls defaults, and no other setting', async () => {
  const server = await startServer()
  try {
    const admin = operator(fetch, server.url, adminToken)
    const { body } = await admin.call('POST', '/tenants', { slug: 'acme', name: 'Acme' })
    const shown = new Map<string, unknown>()
    // What is told of a tenant, and cannot be set.
    const told = new Set(['slug', 'users', 'teams', 'created', 'database', 'stored', 'observed'])
    for (const [name, value] of Object.entries<object>(body)) {
      if (told.has(name)) continue
      if (typeof value !== 'object' || Array.isArray(value)) shown.set(name, value)
      else for (const [part, inner] of Object.entries(value)) shown.set(`${name}.${part}`, inner)
    }
    const rows = tableAfter(await readDocument('docs/settings.md'), '| setting |')
    expect(rows.map(([name = '']) => name.slice(1, -1)).toSorted()).toEqual(
      [...shown.keys()].toSorted(),
    )
    for (const [name = '', said = ''] of rows) {
      const value = shown.get(name.slice(1, -1))
      const [, word] = /^`?([^`;]+)/.exec(said) ?? []
      if (word === '–') continue
      if (Array.isArray(value)) expect([word, value], name).toEqual(['none', []])
      else expect(word?.replace(',', ''), name).toBe(String(value))
    }
  } finally {
    await server.stop()
  }
})

it('docs/application.md names every type of event', async () => {
  const rows = tableAfter(await readDocument('docs/application.md'), '| member | holds |')
  const [, cell = ''] = rows.find(([name]) => name === '`type`') ?? []
  const named: string[] = []
  for (const [, word = ''] of cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`([\w.]+)`/g)) {
    named.push(word.startsWith('.') ? `${named.at(-1)?.split('.')[0]}${word}` : word)
  }
  expect(named.toSorted()).toEqual([...eventTypes].toSorted())
})

describe('wrangler.toml with what docs/operating.md writes into it', () => {
  let checkout: Checkout
  let common: string
  let page: string

  beforeAll(async () => {
    checkout = await makeCheckout()
    common = await readDocument('wrangler.toml')
    page = await readDocument('docs/operating.md')
  })

  afterAll(async () => checkout?.remove())

  async function read(text: string): Promise<Unstable_RawConfig> {
    const config = join(checkout.folder, 'wrangler.toml')
    await writeFile(config, text)
    return experimental_readRawConfig({ config }).rawConfig
  }

  const firstBlock = (heading: string) => blocksOf(sectionOf(page, heading), '')[0] ?? ''

  it('has the hosts, put where the page says', async () => {
    expect(sectionOf(page, '### Hosts')).toContain('before the first line that begins with `[`')
    const { routes, workers_dev: isPublic } = await read(
      common.replace(/^\[/m, `${firstBlock('### Hosts')}\n[`),
    )
    expect(routes).toEqual([
      { pattern: 'scim.example.com', custom_domain: true },
      { pattern: 'links.example.com', custom_domain: true },
    ])
    expect(isPublic).toBe(false)
  })

  it('has an environment with every binding and variable of the other, and what is shared by none', async () => {
    const config = await read(`${common}\n${firstBlock('### Staging')}`)
    const staging = config.env?.['staging'] ?? {}
    expect(Object.keys(staging.vars ?? {}).toSorted()).toEqual(
      Object.keys(config.vars ?? {}).toSorted(),
    )
    const names = (part: typeof staging) => ({
      databases: part.d1_databases?.map(({ binding }) => binding),
      namespaces: part.kv_namespaces?.map(({ binding }) => binding),
      objects: part.durable_objects?.bindings?.map(({ name, class_name: type }) => [name, type]),
      limits: part.ratelimits?.map(({ name, simple }) => [name, simple]),
    })
    expect(names(staging)).toEqual(names(config))
    const shared = (part: typeof staging) => [
      ...(part.d1_databases ?? []).map(({ database_name: name }) => name),
      ...(part.ratelimits ?? []).map(({ namespace_id: id }) => id),
    ]
    expect(shared(staging).filter((name) => shared(config).includes(name))).toEqual([])
  })

  it('has a place and a further database', async () => {
    const added = [firstBlock('### Placement'), firstBlock('### Several databases')]
    const config = await read([common, ...added].join('\n'))
    expect(config.placement).toEqual({ region: 'aws:eu-west-1' })
    expect(config.d1_databases?.map(({ binding }) => binding)).toEqual(['DB', 'DB_EU'])
  })
})
