/**
 * A client that openapi-typescript and openapi-fetch make of `assets/openapi.json`. They are no packages of
 * this repository: the variable `OPENAPI_TOOLS` names a folder in which they are installed.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { adminToken, startServer } from '../support/server.ts'

const run = promisify(execFile)
const folder = process.env['OPENAPI_TOOLS'] ?? ''

/** The names of members are those of the description: another name is a type error. */
const product = `
import createClient from 'openapi-fetch'
import type { paths } from './types.ts'

const [baseUrl = '', operator = ''] = process.argv.slice(2)
const headers = (secret: string) => ({ Authorization: \`Bearer \${secret}\` })
const admin = createClient<paths>({ baseUrl, headers: headers(operator) })
await admin.POST('/admin/api/tenants', { body: { slug: 'acme', name: 'Acme' } })
const made = await admin.POST('/admin/api/keys', { body: { label: 'All' } })
const app = createClient<paths>({ baseUrl, headers: headers(made.data?.key ?? '') })
const tenants = await app.GET('/api/v1/tenants', { params: { query: { limit: 5 } } })
const feed = await app.GET('/api/v1/events', { params: { query: { after: 'latest' } } })
const path = { tenant: 'acme', id: 'nobody' }
const user = await app.GET('/api/v1/tenants/{tenant}/users/{id}', { params: { path } })
const slugs = tenants.data?.tenants.map(({ slug }) => slug)
const listed = await admin.GET('/admin/api/tenants')
const emails = listed.data?.tenants.map(({ rules }) => rules.email)
// @ts-expect-error: no tenant has this member
listed.data?.tenants.map(({ nothing }) => nothing)
// @ts-expect-error: no event has this member
feed.data?.events.map(({ nothing }) => nothing)
console.log(JSON.stringify({ slugs, emails, hasMore: feed.data?.hasMore, code: user.error?.code }))
`

it.skipIf(folder === '')('is made of the description, fits, and reads', async () => {
  const place = await mkdtemp(join(tmpdir(), 'rollcall-generated-'))
  const server = await startServer()
  try {
    await symlink(join(folder, 'node_modules'), join(place, 'node_modules'))
    await writeFile(join(place, 'package.json'), '{"type": "module"}')
    await writeFile(join(place, 'product.ts'), product)
    const generator = join(folder, 'node_modules', 'openapi-typescript', 'bin', 'cli.js')
    const description = join(root, 'assets', 'openapi.json')
    await run(process.execPath, [generator, description, '-o', join(place, 'types.ts')])
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const node = join(root, 'node_modules', '@types')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions']
    const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022']
    const types = ['--typeRoots', node, '--types', 'node', '--lib', 'es2022,dom,dom.iterable']
    const all = [compiler, ...options, ...modules, ...types, 'product.ts']
    await run(process.execPath, all, { cwd: place }).catch((error: { stdout: string }) =>
      expect(error.stdout).toBe(''),
    )
    const { stdout } = await run(process.execPath, ['product.ts', server.url, adminToken], {
      cwd: place,
    })
    expect(JSON.parse(stdout)).toEqual({
      slugs: ['acme'],
      emails: ['reject'],
      hasMore: false,
      code: 'userNotFound',
    })
  } finally {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  }
})
