/** Who deploys, and to which account. */
import { err, ok, type Result } from '../../src/result.ts'
import { unseen, type Wrangler } from '../deployment.ts'

interface Listed {
  readonly id: string
  readonly name: string
}

interface Known {
  readonly loggedIn?: boolean
  readonly accounts?: readonly Listed[]
}

export const signInRemedy = `You are not signed in to Cloudflare. Sign in and run this again:

  npx wrangler login

In CI, set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID) instead.`

/**
 * The name of the account, undefined where wrangler does not say it. `chosen` is the id that the
 * configuration or CLOUDFLARE_ACCOUNT_ID names. The error is a text for the operator.
 */
export async function findAccount(
  wrangler: Wrangler,
  chosen: string | undefined,
): Promise<Result<string | undefined, string>> {
  const { output } = await wrangler(['whoami', '--json'], unseen)
  const known = parse(output)
  if (known?.loggedIn === false) return err(signInRemedy)
  const accounts = known?.accounts ?? []
  const [only] = accounts
  if (chosen !== undefined) {
    const name = accounts.find(({ id }) => id === chosen)?.name
    // A token that may not read accounts lists none.
    if (name !== undefined || accounts.length === 0) return ok(name ?? chosen)
    return err(
      listing(`You may not deploy to the account ${chosen}. Name one of yours in`, accounts),
    )
  }
  if (accounts.length < 2) return ok(only?.name)
  return err(listing('You may deploy to several accounts. Name one in', accounts))
}

function listing(beginning: string, accounts: readonly Listed[]): string {
  const lines = accounts.map(({ id, name }) => `  ${id}  ${name}`)
  return [`${beginning} the variable CLOUDFLARE_ACCOUNT_ID:`, '', ...lines].join('\n')
}

function parse(output: string): Known | undefined {
  const [text] = /\{[^]*\}/.exec(output) ?? []
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Known
  } catch {
    return undefined
  }
}
