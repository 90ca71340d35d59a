/** The command line of `npm run prove`: what does not fit together is refused before a request is sent. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCommand } from '../../../scripts/prove/command-line.ts'

const url = ['--url', 'http://127.0.0.1:1/scim']
const byToken = [...url, '--token', 'secret']
const client = [...url, '--client-id', 'id', '--token-url', 'http://127.0.0.1:1/token']

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prove-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

const refused = (error: string) => ({ ok: false, error })

describe('the command line of the kit', () => {
  it.each([
    ['client-secret', 'x'],
    ['key', 'x'],
    ['assertion', 'x'],
    ['issuer', 'https://example.com'],
    ['token-url', 'https://example.com'],
  ])('refuses --%s without the client whose it is', async (option, value) => {
    const error = `--${option} is of an OAuth client: --client-id is missing.`
    for (const start of [byToken, url]) {
      expect(await readCommand(['rfc', ...start, `--${option}`, value])).toEqual(refused(error))
    }
  })

  it.each([
    [['--token', 'x', '--client-secret', 'x'], 'Choose one of --token and --client-id.'],
    [
      ['--client-secret', 'x', '--key', 'x'],
      'Choose one of --client-secret, --key and --assertion.',
    ],
    [['--assertion', 'x', '--key', 'x'], 'Choose one of --client-secret, --key and --assertion.'],
    [
      ['--client-secret', 'x', '--issuer', 'example.com'],
      '--issuer is not an http or https address.',
    ],
  ])('refuses %j for a client', async (options, error) => {
    expect(await readCommand(['rfc', ...client, ...options])).toEqual(refused(error))
  })

  it('refuses an address of tokens that is not of the web', async () => {
    const options = ['--client-id', 'id', '--client-secret', 'x', '--token-url', 'ftp://127.0.0.1']
    const error = '--token-url is not an http or https address.'
    expect(await readCommand(['rfc', ...url, ...options])).toEqual(refused(error))
  })

  it.each(['onelogin', 'okta', 'interop', 'ipsie', 'rfc'])(
    'refuses mapped paths for the kit %s',
    async (kit) => {
      const read = await readCommand([kit, ...byToken, '--mapped', 'userName'])
      expect(read).toEqual(refused('--mapped is for the kit entra.'))
    },
  )

  it('takes the mapped paths of Entra, of which there is at least one', async () => {
    const read = (text: string) => readCommand(['entra', ...byToken, '--mapped', text])
    expect(await read(' ; ')).toEqual(refused('--mapped names no path.'))
    expect(await read('userName; title;')).toMatchObject({
      value: { mapped: ['userName', 'title'] },
    })
  })

  it('refuses a report in the place of a folder, and two in one file', async () => {
    const read = (...options: readonly string[]) => readCommand(['rfc', ...byToken, ...options])
    expect(await read('--json', folder)).toEqual(refused(`--json ${folder} cannot be written.`))
    const [file, same] = [join(folder, 'report'), `${folder}/./report`]
    const error = '--json and --junit name the same file.'
    expect(await read('--json', file, '--junit', same)).toEqual(refused(error))
    const other = await fileOf('there', 'of the run before')
    expect(await read('--json', file, '--junit', other)).toMatchObject({ ok: true })
  })

  it('refuses a key that cannot sign, and takes one that can', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const small = { kty: 'oct', k: 'c2VjcmV0' }
    const wrong = {
      'words.txt': 'no key at all',
      'public.json': JSON.stringify(await exportJWK(publicKey)),
      'shared.json': JSON.stringify(small),
      'empty.json': '{}',
    }
    const read = (file: string) => readCommand(['rfc', ...client, '--key', file])
    for (const [name, text] of Object.entries(wrong)) {
      const file = await fileOf(name, text)
      const error = `--key ${file} holds no private key that can sign: a JWK, or RSA as PKCS #8 in PEM.`
      expect(await read(file)).toEqual(refused(error))
    }
    const good = [
      await fileOf('private.json', JSON.stringify(await exportJWK(privateKey))),
      await fileOf('private.pem', await exportPKCS8(privateKey)),
    ]
    for (const file of good) {
      expect(await read(file)).toMatchObject({ value: { credentials: { kind: 'key' } } })
    }
  })
})
