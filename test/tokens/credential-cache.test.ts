/** What an isolate remembers of tokens between requests. */
import { expect, it } from 'vitest'
import { credentialCharacters } from '../../src/limits'
import { findCredential } from '../../src/tokens/credential'
import { recallCredential, rememberCredential } from '../../src/tokens/credential-cache'
import { hashToken } from '../../src/tokens/secret'
import { homeDatabase, tenant } from '../support/gateway'

it('credentials of tenants that declare much are remembered as far as they fit, the newest of them', async () => {
  const scim = await tenant()
  const found = await findCredential(homeDatabase, await hashToken(scim.token))
  if (!found.ok || !found.value) throw new Error('No credential')
  const description = 'd'.repeat(190_000)
  const schema = { id: 'urn:example:much:2.0:User', name: 'Much', description, attributes: [] }
  const extensions = [{ resourceType: 'User' as const, schema }]
  const settings = { ...found.value.settings, extensions }
  const made = Array.from({ length: 40 }, () => ({ ...found.value, hash: crypto.randomUUID() }))
  const credentials = made.map((one) => ({ ...one, settings }) as NonNullable<typeof found.value>)
  for (const credential of credentials) rememberCredential(credential)
  const remembered = credentials.filter(({ hash }) => recallCredential(hash) !== undefined)
  expect(remembered).toEqual(credentials.slice(-remembered.length))
  const characters = remembered.map((credential) => JSON.stringify(credential).length)
  const most = Math.floor(credentialCharacters / Math.max(...characters))
  expect(remembered).toHaveLength(most)
})
