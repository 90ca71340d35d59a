/** The tokens of a tenant as its own administrator sees them. */
import { isLive } from '../../tokens/limited-credential'
import type { TokenRecord } from '../../tokens/store'
import { day } from '../../time'
import { useProvider } from '../guide/blocks'
import { useWords, When } from '../guide/words'
import { mayAct, setUpPath, useViewer } from '../shell/context'
import { Badge } from '../shell/components'
import type { Progress } from '../guide/progress'

/** Milliseconds before the expiry in which it is pointed out. */
const noticeTime = 30 * day

/** Tokens that are listed, those that hold first. */
const maximumShown = 20

export function Tokens({ progress }: { readonly progress: Progress }) {
  const { tokens, now } = progress
  const words = useWords()
  const provider = useProvider(progress.guide)
  if (tokens.length === 0) return <p class="empty">{words.text('status.noToken')}</p>
  const sorted = tokens.toSorted(
    (left, right) =>
      Number(isLive(right, now)) - Number(isLive(left, now)) || right.createdAt - left.createdAt,
  )
  const mayRevoke = mayAct(useViewer(), 'setup')
  const ending = tokens.filter(
    (token) => isLive(token, now) && token.expiresAt !== null && token.expiresAt < now + noticeTime,
  )
  return (
    <>
      {ending.map((token) => (
        <div class="notice" data-state="warn" role="status">
          {words.nodes('status.expiresSoon', {
            label: <bdi>{token.label || words.text('refused.unnamed')}</bdi>,
            at: <When at={token.expiresAt ?? now} />,
            provider,
          })}
        </div>
      ))}
      <ul class="groups">
        {sorted.slice(0, maximumShown).map((token) => (
          <li>
            <p>
              <strong>
                <bdi>{token.label || words.text('refused.unnamed')}</bdi>
              </strong>{' '}
              <State token={token} now={now} />
            </p>
            <p class="hint">
              {words.text('status.created')} <When at={token.createdAt} /> ·{' '}
              {token.lastUsedAt === null ? (
                words.text('status.neverUsed')
              ) : (
                <>
                  {words.text('status.lastUsed')} <When at={token.lastUsedAt} />
                </>
              )}{' '}
              ·{' '}
              {token.expiresAt === null ? (
                words.text('status.neverExpires')
              ) : (
                <>
                  {words.text('status.expires')} <When at={token.expiresAt} />
                </>
              )}
            </p>
            {mayRevoke ? <Revoke progress={progress} token={token} /> : null}
          </li>
        ))}
      </ul>
    </>
  )
}

function State({ token, now }: { readonly token: TokenRecord; readonly now: number }) {
  const words = useWords()
  if (token.revokedAt !== null) return <Badge state="bad">{words.text('status.revoked')}</Badge>
  return isLive(token, now) ? (
    <Badge state="good">{words.text('status.live')}</Badge>
  ) : (
    <Badge state="bad">{words.text('status.expired')}</Badge>
  )
}

/** A button behind a disclosure, so that one click revokes nothing. */
function Revoke({ progress, token }: { readonly progress: Progress; readonly token: TokenRecord }) {
  const words = useWords()
  if (!isLive(token, progress.now)) return null
  return (
    <details class="folded">
      <summary>
        {words.text('status.revoke')}
        <span class="unseen"> {token.label || words.text('refused.unnamed')}</span>
      </summary>
      <p>{words.text('status.revokeSure')}</p>
      <form
        method="post"
        action={setUpPath(progress.tenant, `/tokens/${token.id}/revoke`)}
        data-once
      >
        <button type="submit" data-kind="danger">
          {words.text('status.revokeNow')}
        </button>
      </form>
    </details>
  )
}
