/** Signing in as an OAuth client: what the token endpoint gives, and what its metadata say. */
import { readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { readMetadata, signIn, type Access, type Credentials } from '../sign-in.ts'
import type { Trial } from '../trial.ts'

/** Seconds that Entra's gallery lets an access token live: 60 to 360 minutes. */
const shortest = 3_600
const longest = 21_600

/** Signs in once more by a kind of credentials; skipped where the kit was started with another. */
async function signInBy(
  trial: Trial,
  kinds: readonly Credentials['kind'][],
  option: string,
): Promise<Access | undefined> {
  const { credentials, fetch } = trial.room
  if (!kinds.includes(credentials.kind)) trial.skip(`The kit was started without ${option}.`)
  if (trial.isOver) return undefined
  const access = await signIn(fetch, credentials)
  trial.holds(access.ok, access.ok ? '' : access.error)
  return access.ok ? access.value : undefined
}

/** The access token has to open SCIM. */
async function opens(trial: Trial, access: Access | undefined): Promise<void> {
  const headers = { Authorization: `Bearer ${access?.token}` }
  trial.want(await trial.send('GET', '/Users?count=1', undefined, { headers }), 200)
}

function livesAsEntraWants(trial: Trial, access: Access | undefined): void {
  const seconds = access?.expiresIn ?? 0
  trial.holds(
    seconds >= shortest && seconds <= longest,
    `The access token lives ${seconds} seconds, and not ${shortest} to ${longest}.`,
  )
}

export const givesTokensForSecrets: Check = {
  name: 'Client credentials give an access token of 60 to 360 minutes, which opens SCIM',
  async run(trial) {
    const access = await signInBy(trial, ['secret'], '--client-secret')
    livesAsEntraWants(trial, access)
    await opens(trial, access)
  },
}

export const givesTokensForAssertions: Check = {
  name: 'The token of a federated issuer is exchanged for an access token, which opens SCIM',
  async run(trial) {
    const access = await signInBy(trial, ['assertion'], '--assertion')
    livesAsEntraWants(trial, access)
    await opens(trial, access)
  },
}

export const givesTokensForKeys: Check = {
  name: 'An assertion that the client has signed (RFC 7523) gives an access token, which opens SCIM',
  async run(trial) {
    await opens(trial, await signInBy(trial, ['key'], '--key'))
  },
}

export const givesTheScope: Check = {
  name: 'The access token has the scope scim, and no other',
  async run(trial) {
    const kinds = ['secret', 'key', 'assertion'] as const
    const access = await signInBy(trial, kinds, '--client-id')
    // RFC 6749 section 5.1: the scope may be left out where it is the one that was asked for.
    trial.same(access?.scope ?? 'scim', 'scim', 'The "scope" of the answer')
  },
}

export const hasMetadata: Check = {
  name: 'The metadata of the authorization server (RFC 8414) name it, and the token endpoint',
  async run(trial) {
    const { credentials, fetch } = trial.room
    const issuer = credentials.kind === 'token' ? undefined : credentials.issuer
    if (issuer === undefined) trial.skip('The kit was started without --client-id and an issuer.')
    if (issuer === undefined || trial.isOver) return
    const answer = await readMetadata(fetch, issuer)
    trial.want(answer, 200)
    trial.same(readText(answer.body, 'issuer'), issuer, '"issuer"')
    const tokenUrl = readText(answer.body, 'token_endpoint') ?? ''
    trial.holds(URL.canParse(tokenUrl), `"token_endpoint" is no address: ${tokenUrl}.`)
  },
}
