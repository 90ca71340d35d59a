import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { Request } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesOf } from '../scripts/assets.ts'
import { root } from '../scripts/root.ts'

let around: string
let folder: string

beforeAll(async () => {
  around = await mkdtemp(join(tmpdir(), 'rollcall-assets-'))
  folder = join(around, 'assets')
  await mkdir(join(folder, 'messages'), { recursive: true })
  await writeFile(join(around, 'secret.json'), '{}')
  await writeFile(join(folder, 'console.css'), 'body {}')
  await writeFile(join(folder, 'messages', 'en.json'), '{"a":1}')
})

afterAll(() => rm(around, { recursive: true }))

const get = (path: string, headers: Record<string, string> = {}) =>
  filesOf(folder)(new Request(new URL(path, 'https://gateway.test'), { headers }))

describe('the files of the local runtime', () => {
  it('come with their content, type and tag', async () => {
    const style = await get('/console.css')
    expect(await style.text()).toBe('body {}')
    expect(style.headers.get('Content-Type')).toBe('text/css; charset=utf-8')
    const texts = await get('/messages/en.json')
    expect(await texts.json()).toEqual({ a: 1 })
    expect(texts.headers.get('ETag')).toMatch(/^"[0-9a-f]{64}"$/)
    expect(texts.headers.get('ETag')).not.toBe(style.headers.get('ETag'))
  })

  it('are not sent to a browser that has them, and are once they have changed', async () => {
    const tag = (await get('/console.css')).headers.get('ETag') ?? ''
    const known = await get('/console.css', { 'If-None-Match': tag })
    expect([known.status, await known.text()]).toEqual([304, ''])
    await writeFile(join(folder, 'console.css'), 'body { color: red }')
    const changed = await get('/console.css', { 'If-None-Match': `W/"other", ${tag}` })
    expect([changed.status, await changed.text()]).toEqual([200, 'body { color: red }'])
  })

  it('are those of the folder alone', async () => {
    const paths = ['/nothing.css', '/messages', '/', '/../secret.json', '/%2e%2e/secret.json']
    const encoded = ['/..%2fsecret.json', '/messages/..%2f..%2fsecret.json', '/%']
    for (const path of [...paths, ...encoded]) expect((await get(path)).status, path).toBe(404)
  })

  it('have a type, each of those that the project has', async () => {
    const names = await readdir(join(root, 'assets'), { recursive: true })
    const files = names.filter((name) => extname(name) !== '')
    expect(files.length).toBeGreaterThan(5)
    for (const name of files) {
      const answer = await filesOf(join(root, 'assets'))(new Request(`https://a.test/${name}`))
      expect(answer.headers.get('Content-Type'), name).not.toBe('application/octet-stream')
    }
  })
})
