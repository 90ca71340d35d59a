/** The npm package of the client: packed, installed elsewhere, and run there. */
import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { blocksOf, readDocument } from '../support/documents.ts'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { client, operator, person, type ScimClient } from '../support/tenant.ts'

const run = promisify(execFile)

let folder: string
let server: Server
let scim: ScimClient
let keys: { readonly own: string; readonly all: string }

/** What a product does with the package; prints what it found as JSON. */
const product = `
import { connect, connectAll, findUser, followEvents, verifyWebhook } from 'rollcall-client'

export async function work({ url, tenant, key, all, name }, webhook) {
  const acme = connect({ url, tenant, key })
  const users = []
  for await (const user of acme.users()) users.push(user.ok && user.value.userName)
  const found = await findUser(acme, { userName: name })
  const nobody = await findUser(acme, { email: 'nobody@example.com' })
  const wrong = await findUser(acme, { userName: '' })
  const byNothing = [await findUser(acme, {}), await findUser(acme, { email: undefined })]
  const noId = [await acme.user(''), await acme.team('..'), await connect({ url, tenant: '', key }).latest()]
  const nowhere = await connect({ url: 'no address', tenant, key }).latest()
  const unsendable = await connect({ url, tenant, key: 'two\\nlines' }).latest()
  const stop = new AbortController()
  const gateway = connectAll({ url, key: all, attempts: 1, signal: stop.signal })
  const tenants = []
  for await (const one of gateway.tenants()) tenants.push(one.ok && one.value.slug)
  const events = []
  const ended = await followEvents(gateway, undefined, async (page) => {
    for (const { type, tenant: slug } of page) if (slug === tenant) events.push(type)
    if (events.length >= 2) stop.abort()
  })
  const options = { secret: webhook.secret }
  const good = await verifyWebhook(webhook.headers, webhook.body, options)
  const bad = await verifyWebhook(webhook.headers, webhook.body + ' ', options)
  return {
    users,
    found: found.ok && found.value?.userName,
    nobody: nobody.ok && nobody.value === undefined,
    tenants,
    events,
    ended: ended.code,
    wrong: !wrong.ok && wrong.error.errors[0].parameter,
    unusable: [nowhere, unsendable, ...byNothing, ...noId].map((answer) => !answer.ok && answer.error.code),
    good: good.ok && good.value.event.type,
    bad: !bad.ok && bad.error.code,
  }
}
`

const main = `
import { work } from './product.mjs'
const [settings, webhook] = process.argv.slice(2).map((text) => JSON.parse(text))
console.log(JSON.stringify(await work(settings, webhook)))
`

const name = 'ann.o.brien@example.com'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-client-test-'))
  // A copy is packed, so that nothing is left in the repository.
  const packed = join(folder, 'package')
  execFileSync(process.execPath, ['scripts/client-package.ts'], { cwd: root })
  await cp(join(root, 'packages', 'client'), packed, { recursive: true })
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: packed })
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz')) ?? ''
  await writeFile(join(folder, 'package.json'), '{"type": "module", "private": true}')
  await run('npm', ['install', '--offline', '--no-audit', join(folder, tarball)], { cwd: folder })
  await writeFile(join(folder, 'product.mjs'), product)
  await writeFile(join(folder, 'main.mjs'), main)
  server = await startServer()
  const admin = operator(fetch, server.url, adminToken)
  await admin.call('POST', '/tenants', { slug: 'acme', name: 'Acme' })
  const token = (await admin.call('POST', '/tenants/acme/tokens', {})).body.token
  scim = client(fetch, `${server.url}/scim/v2/acme`, token)
  expect((await scim.call('POST', '/Users', person({ userName: name }))).status).toBe(201)
  await scim.call('POST', '/Groups', { displayName: 'Team' })
  const own = (await admin.call('POST', '/tenants/acme/keys', {})).body.key
  keys = { own, all: (await admin.call('POST', '/keys', {})).body.key }
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

function given() {
  const secret = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`
  const body = JSON.stringify({ type: 'user.created', seq: 1, tenant: 'acme' })
  const at = new Date()
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', at, body),
  }
  const settings = { url: server.url, tenant: 'acme', key: keys.own, all: keys.all, name }
  return [settings, { secret, headers, body }] as const
}

const wanted = {
  users: [name],
  found: name,
  nobody: true,
  tenants: ['acme'],
  events: ['user.created', 'team.created'],
  ended: 'aborted',
  wrong: 'userName',
  unusable: Array.from({ length: 7 }, () => 'unusable'),
  good: 'user.created',
  bad: 'signature',
}

async function runWith(command: string, parameters: readonly string[]): Promise<unknown> {
  const list = given().map((value) => JSON.stringify(value))
  const { stdout } = await run(command, [...parameters, ...list], { cwd: folder })
  return JSON.parse(stdout)
}

/** The command, if this machine has it. */
function installed(command: string): string[] {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return [command]
  } catch {
    return []
  }
}

/** What TypeScript says of files beside the package, with no types but its own. */
async function complaintsOf(files: readonly string[]): Promise<string> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022']
  const types = ['--lib', 'es2022,dom,dom.iterable', '--types', '']
  return run(process.execPath, [tsc, ...options, ...types, ...files], { cwd: folder }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  )
}

describe('the package of the client', () => {
  it('runs in this Node', async () => {
    expect(await runWith(process.execPath, ['main.mjs'])).toEqual(wanted)
  })

  it.each(installed('/usr/bin/node'))('runs in the Node of the system', async (node) => {
    expect(await runWith(node, ['main.mjs'])).toEqual(wanted)
  })

  it.each(installed(process.env['DENO'] ?? 'deno'))('runs in Deno', async (deno) => {
    expect(await runWith(deno, ['run', '--allow-all', 'main.mjs'])).toEqual(wanted)
  })

  it('runs in workerd', async () => {
    const dist = join(folder, 'node_modules', 'rollcall-client', 'dist')
    const files = (await readdir(dist)).filter((file) => file.endsWith('.js'))
    const worker = `${product.replace('rollcall-client', './index.js')}
      export default {
        async fetch(request) {
          return Response.json(await work(...(await request.json())))
        },
      }`
    await writeFile(join(dist, 'worker.mjs'), worker)
    const modules = ['worker.mjs', ...files].map((file) => ({
      type: 'ESModule' as const,
      path: join(dist, file),
    }))
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        name: 'product',
        compatibilityDate: '2026-10-01',
        modulesRoot: dist,
        modules,
      }),
    )
    try {
      const url = await miniflare.ready
      const body = JSON.stringify(given())
      const answer = await fetch(url, { method: 'POST', body })
      expect(await answer.json()).toEqual(wanted)
    } finally {
      await miniflare.dispose()
      await rm(join(dist, 'worker.mjs'))
    }
  })

  it('has types that need nothing else', async () => {
    await writeFile(
      join(folder, 'typed.ts'),
      `import { connect, connectAll, followEvents, verifyWebhook, type Event } from 'rollcall-client'
      const acme = connect({ url: '', tenant: 'acme', key: '' })
      export async function follow(): Promise<string> {
        const ended = await followEvents(acme, { after: 0 }, async (events: readonly Event[]) => {
          for (const event of events) {
            if (event.type === 'team.member_added') console.log(event.member.userName)
          }
        })
        await followEvents(connectAll({ url: '', key: '' }), undefined, async (events, place) => {
          for (const event of events) if (event.type === 'log.gap') console.log(event.resource.to, place.length)
        })
        const message = await verifyWebhook(new Headers(), '', { secret: '' })
        // @ts-expect-error: a refusal has no value
        message.value
        return ended.code
      }`,
    )
    expect(await complaintsOf(['typed.ts'])).toBe('')
  })

  it('has a README whose code fits its types', async () => {
    const [follow = '', find = '', ...others] = blocksOf(
      await readDocument('packages/client/README.md'),
      'js',
    )
    const given = `import type { User } from 'rollcall-client'
      declare const url: string, key: string, request: Request
      declare function save(user: User): Promise<void>
      declare function readAgain(slug: string | null): Promise<void>`
    // The code of a reader who looks a person up goes on from the block before.
    const blocks = [`${follow}\n${find}`, ...others]
    expect(blocks.length).toBe(3)
    const files = blocks.map((block, index) => {
      const [, imports = '', body = ''] = /^(import .*\n)([^]*)$/.exec(block) ?? []
      const text = `${imports}${given}\nexport async function read() {\n${body}\n}\n`
      return [`readme-${index}.ts`, text] as const
    })
    for (const [file, text] of files) await writeFile(join(folder, file), text)
    expect(await complaintsOf(files.map(([file]) => file))).toBe('')
  })

  it('holds its code, its types and its README, and asks for no other package', async () => {
    const installedAt = join(folder, 'node_modules', 'rollcall-client')
    expect((await readdir(installedAt)).toSorted()).toEqual(['README.md', 'dist', 'package.json'])
    const about = JSON.parse(await readFile(join(installedAt, 'package.json'), 'utf8'))
    expect(about.dependencies).toBeUndefined()
    for (const file of await readdir(join(installedAt, 'dist'))) {
      const text = await readFile(join(installedAt, 'dist', file), 'utf8')
      const paths = Array.from(text.matchAll(/from '([^']+)'/g), ([, path = '']) => path)
      expect(paths.filter((path) => !path.startsWith('./'))).toEqual([])
    }
  })
})
