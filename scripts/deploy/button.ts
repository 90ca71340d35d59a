/** The button Deploy to Cloudflare of a public copy of this repository. */
import { err, ok, type Result } from '../../src/result.ts'

/** The hosts that the button takes; https://developers.cloudflare.com/workers/platform/deploy-buttons/ */
const hosts = ['github.com', 'gitlab.com'] as const

export interface Button {
  readonly address: string
  /** For a README. */
  readonly markdown: string
}

/** `remote` is what git says of `origin`. The error is a sentence for the operator. */
export function buttonOf(remote: string): Result<Button, string> {
  const [, host = '', path = ''] =
    /^(?:https?:\/\/|ssh:\/\/|git:\/\/)?(?:[^@/]+@)?([\w.-]+)(?::\d+)?[/:](.+?)(?:\.git)?\/?$/.exec(
      remote.trim(),
    ) ?? []
  if (!hosts.some((known) => known === host) || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(path)) {
    const origin = remote.trim() === '' ? 'There is no remote "origin".' : `"origin" is elsewhere.`
    return err(`${origin} The button takes a public repository of ${hosts.join(' or ')}.`)
  }
  const repository = encodeURIComponent(`https://${host}/${path}`)
  const address = `https://deploy.workers.cloudflare.com/?url=${repository}`
  const image = 'https://deploy.workers.cloudflare.com/button'
  return ok({ address, markdown: `[![Deploy to Cloudflare](${image})](${address})` })
}
