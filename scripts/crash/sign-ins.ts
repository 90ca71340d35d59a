/**
 * A program that signs in again and again while the gateway is killed: an access token that was
 * given holds after the kill.
 */
import { client, sendJson, type Operator, type Send } from '../../test/support/tenant.ts'

export class SignIns {
  readonly #send: Send
  readonly #path: string
  readonly #form: string
  /** Access tokens that were given since the last look. */
  #given: string[] = []

  private constructor(send: Send, slug: string, form: string) {
    this.#send = send
    this.#path = `/oauth/${slug}/token`
    this.#form = form
  }

  static async start(send: Send, admin: Operator, slug: string): Promise<SignIns> {
    const { body } = await admin.call('POST', `/tenants/${slug}/clients`, { kind: 'secret' })
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: body.clientId,
      client_secret: body.clientSecret,
    })
    return new SignIns(send, slug, form.toString())
  }

  /** The last access token that was given, or a new one. */
  async token(url: string): Promise<string> {
    if (this.#given.length === 0) await this.#signIn(url)
    return this.#given.at(-1) ?? ''
  }

  /** Signs in until the server is gone; any answer but a token is a failure. */
  async work(url: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isAnswered = await this.#signIn(url).catch((error: unknown) => {
        if (error instanceof Refused) throw error
        return false
      })
      if (!isAnswered) return
    }
  }

  /** A sentence for each token that was given and is refused now. */
  async check(url: string, slug: string): Promise<string[]> {
    const given = this.#given.slice(-maximumChecked)
    this.#given = []
    const statuses = await Promise.all(
      given.map(async (token) => {
        const scim = client(this.#send, `${url}/scim/v2/${slug}`, token)
        return (await scim.call('GET', '/Users?count=1')).status
      }),
    )
    return statuses
      .filter((status) => status !== 200)
      .map((status) => `An access token that was given is answered ${status}.`)
  }

  async #signIn(url: string): Promise<boolean> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const answer = await sendJson(this.#send, 'POST', `${url}${this.#path}`, this.#form, headers)
    if (answer.status !== 200) throw new Refused(`No token: ${answer.status}`)
    this.#given.push(answer.body.access_token)
    return true
  }
}

/** Tokens of a round that are tried after it, the latest ones. */
const maximumChecked = 20

class Refused extends Error {}
