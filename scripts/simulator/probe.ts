/** Probes that no provider makes: facts that a customer should know before trusting a server. */
import { isSameText } from './steps.ts'
import type { Session } from './session.ts'
import { read } from './json.ts'

/** A wrong token must be refused, and with an error that a provider can read. */
export async function probeToken(session: Session): Promise<void> {
  const answer = await session.call({
    method: 'GET',
    path: '/Users?count=1',
    token: `wrong-${crypto.randomUUID()}`,
    accepted: [401, 403, 200],
    check: ({ status }) =>
      status === 200 ? 'The server accepts a token that nobody has given out.' : undefined,
  })
  if (answer.status === 401 && !isSameText(read(answer.body, 'status'), '401')) {
    session.recorder.warn(
      'A wrong token is refused without a SCIM Error of status "401".',
      'GET /Users?count=1',
    )
  }
}
