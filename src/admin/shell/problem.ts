/** Errors of the administration, as problem details (RFC 9457). */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod/mini'
import type { ChangeRefusal, NewTenantRefusal } from '../../tenants/commands'
import type { LinkRefusal } from '../../access/links'
import { maximumOperatorTokens } from '../../access/operator-tokens'
import { maximumStaff } from '../../access/staff'
import type { TokenRefusal } from '../../tokens/store'
import type { Outage } from '../../database/batch'
import type { ClientRefusal } from '../../oauth/commands'
import { maximumClients, maximumSecrets } from '../../oauth/store'
import { faultsOf, type Fault } from '../../http/exactly'
import { maximumFeedWebhooks } from '../../webhooks/all/store'
import { maximumWebhooks } from '../../webhooks/store'
import type { WebhookRefusal } from '../../webhooks/commands'

/** The reasons for which a command or a read of the administration is refused. */
export type AdminRefusal =
  | TokenRefusal
  | LinkRefusal
  | ChangeRefusal
  | WebhookRefusal
  | NewTenantRefusal
  | ClientRefusal
  | { readonly kind: 'notBack' | 'oldForm' }

interface Problem {
  readonly status: ContentfulStatusCode
  readonly title: string
  readonly detail: string
}

export const problems = {
  unauthorized: {
    status: 401,
    title: 'Not signed in',
    detail: 'Send the operator secret or an operator token: Authorization: Bearer ADMIN_TOKEN.',
  },
  tooManyAttempts: {
    status: 429,
    title: 'Too many attempts',
    detail: 'Too many wrong secrets came from this network. Try again after Retry-After seconds.',
  },
  scopeTooSmall: {
    status: 403,
    title: 'Not allowed',
    detail:
      'The operator token does not allow this: "read" is for every GET, "tenants" also for changes below /tenants, "all" also for all others but those of operator tokens and people, which take the operator secret.',
  },
  tooManyOperatorTokens: {
    status: 409,
    title: 'Too many live operator tokens',
    detail: `There are ${maximumOperatorTokens} live operator tokens already. Revoke one that is no longer used first.`,
  },
  tooManyPeople: {
    status: 409,
    title: 'Too many people',
    detail: `There are ${maximumStaff} people with live access codes already. Revoke one who is no longer here first.`,
  },
  notFound: {
    status: 404,
    title: 'Not found',
    detail: 'There is no such tenant, token, client, secret, link, webhook or address.',
  },
  slugTaken: {
    status: 409,
    title: 'Slug is taken',
    detail:
      'Another tenant has this slug. Choose another one; or, if its creation was cut off, repeat it with the same database.',
  },
  tooManyTokens: {
    status: 409,
    title: 'Too many live tokens',
    detail: 'A tenant has at most 5 live tokens. Revoke one that is no longer used first.',
  },
  tooManyClients: {
    status: 409,
    title: 'Too many live clients',
    detail: `A tenant has at most ${maximumClients} live clients. Revoke one that is no longer used first.`,
  },
  tooManySecrets: {
    status: 409,
    title: 'Too many live secrets',
    detail: `A client has at most ${maximumSecrets} live secrets. Revoke one that is no longer used first.`,
  },
  tooManyLinks: {
    status: 409,
    title: 'Too many open links',
    detail: 'A tenant has at most 20 open links. Revoke one that is no longer used first.',
  },
  deleting: {
    status: 409,
    title: 'Being deleted',
    detail: 'The tenant is being deleted and cannot be changed. Repeat the deletion to go on.',
  },
  tooManyKeys: {
    status: 409,
    title: 'Too many live keys',
    detail: 'There are 20 live keys already. Revoke one that is no longer used first.',
  },
  ended: {
    status: 409,
    title: 'This form was used already',
    detail:
      'What it made has been revoked or has ended since, and it makes nothing twice. Nothing was done. Open the page anew: it has a new form.',
  },
  oldForm: {
    status: 409,
    title: 'This form is too old',
    detail:
      'Its page was opened more than a day ago, and what it may have made since is no longer known. Nothing was done. Open the page anew: it has a new form.',
  },
  deletedSince: {
    status: 409,
    title: 'Deleted since this page was opened',
    detail:
      'A tenant with this slug was deleted after the page of this form was opened. The form may be the one that made it, and it makes nothing twice. Nothing was done. Open the page anew: it has a new form.',
  },
  stale: {
    status: 412,
    title: 'Changed meanwhile',
    detail:
      'It is not what If-Match names, as after a change by somebody else, or it is what If-None-Match excludes. Nothing was done. Read it again, and repeat what is still wanted with its ETag in If-Match.',
  },
  changedMeanwhile: {
    status: 503,
    title: 'Changed meanwhile',
    detail:
      'It was changed by somebody else at the same time, and nothing was done. Read it again, and repeat what is still wanted.',
  },
  tooManyRotations: {
    status: 409,
    title: 'Too many secrets',
    detail:
      'Twelve secrets of this webhook sign already, each for 24 hours after it was rotated away. Rotate again once the oldest has ended, or make another webhook.',
  },
  webhookPaused: {
    status: 409,
    title: 'The webhook is paused',
    detail:
      'Nothing is sent to a webhook that is paused. Resume it: delivery goes on at once where it stopped.',
  },
  tooManyFeedWebhooks: {
    status: 409,
    title: 'Too many webhooks of all tenants',
    detail: `There are at most ${maximumFeedWebhooks} webhooks of all tenants. Delete one that is no longer used first.`,
  },
  tooManyWebhooks: {
    status: 409,
    title: 'Too many webhooks',
    detail: `A tenant has at most ${maximumWebhooks} webhooks. Delete one that is no longer used first.`,
  },
  tooManyNoticeTargets: {
    status: 409,
    title: 'Too many addresses',
    detail: 'Notices go to at most 5 addresses. Delete one that is no longer used first.',
  },
  unconfirmed: {
    status: 409,
    title: 'Protected people',
    detail: 'Some of the people are protected. Repeat the release with their ids in confirm.',
  },
  notBack: {
    status: 409,
    title: 'Nothing to hand over',
    detail:
      'The person is active, somebody else has the identifier, or no two refused requests have offered it. Read /returning again.',
  },
  unknownDatabase: {
    status: 400,
    title: 'Unknown database',
    detail:
      'The deployment has no database of this name. Name the binding of one in "database", or in the variable NEW_TENANTS: DB, or a D1 binding of wrangler.toml that begins with DB_.',
  },
  missingBody: {
    status: 400,
    title: 'No body',
    detail: 'Send a JSON object, {} for what has defaults, with Content-Type: application/json.',
  },
  notJson: {
    status: 415,
    title: 'Not JSON',
    detail: 'The body was not read. Send JSON with Content-Type: application/json, not encoded.',
  },
  malformedJson: {
    status: 400,
    title: 'Malformed JSON',
    detail: 'The request body is not valid JSON.',
  },
  brokenOff: {
    status: 400,
    title: 'Broken off',
    detail: 'The request body broke off before its end; nothing was changed. Send it again.',
  },
  tooLarge: {
    status: 413,
    title: 'Too large',
    detail: 'A request of the administration has at most 256 KiB.',
  },
  invalid: {
    status: 400,
    title: 'Invalid request',
    detail: 'The body or a parameter is not valid; "errors" says what is wrong.',
  },
  failed: {
    status: 500,
    title: 'Failed',
    detail:
      'The gateway failed; what was asked may have been done, or not. Read it again before you repeat it, and quote the X-Request-Id header to ask why.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'The database cannot take the request at the moment. Try again.',
  },
  databaseFull: {
    status: 507,
    title: 'The database is full',
    detail:
      'D1 holds no more in this database (500 MB on the free plan, 10 GB on the paid one). Delete tenants or people, or add a further database for new tenants.',
  },
  tooManyCalls: {
    status: 503,
    title: 'Too many calls',
    detail:
      'The plan of this deployment allows no more calls in one request (50 on the free plan). Do it in smaller parts.',
  },
  dailyLimit: {
    status: 503,
    title: 'The day is used up',
    detail:
      'The deployment has read or written as many rows as D1 allows in a day on the free plan: every request fails until 00:00 UTC. The paid plan has no such limit.',
  },
} as const satisfies Record<string, Problem>

export function replyProblem(
  c: Context,
  problem: Problem,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  const { status, title, detail } = problem
  return c.newResponse(
    JSON.stringify({ type: 'about:blank', title, status, detail, ...more }),
    status,
    {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    },
  )
}

/** Answers 400 with each fault of a body and its place, as a JSON pointer. */
export function replyInvalid(c: Context, error: z.core.$ZodError): Response {
  const errors = faultsOf(error).map(({ path, detail }) => ({
    pointer: `/${path.join('/')}`,
    detail,
  }))
  return replyProblem(c, problems.invalid, { errors })
}

/** Answers 400 with each fault of the parameters of the address. */
export function replyBadQuery(c: Context, faults: readonly Fault[]): Response {
  const errors = faults.map(({ path, detail }) => ({ parameter: path[0] ?? '', detail }))
  return replyProblem(c, problems.invalid, { errors })
}

/** Answers 400 with the one fault of a body, at its place. */
export function replyFault(c: Context, pointer: string, detail: string): Response {
  return replyProblem(c, problems.invalid, { errors: [{ pointer, detail }] })
}

export function replyRefusal(c: Context, refusal: AdminRefusal): Response {
  return replyProblem(c, problemOf(refusal))
}

/** The problem that tells the operator of a refusal. */
export function problemOf(refusal: AdminRefusal): Problem {
  switch (refusal.kind) {
    case 'target':
      return problems.notFound
    case 'taken':
      return problems.slugTaken
    case 'tooManyTokens':
      return problems.tooManyTokens
    case 'tooManyClients':
      return problems.tooManyClients
    case 'tooManySecrets':
      return problems.tooManySecrets
    case 'tooManyLinks':
      return problems.tooManyLinks
    case 'deleting':
      return problems.deleting
    case 'tooManyWebhooks':
      return problems.tooManyWebhooks
    case 'ended':
      return problems.ended
    case 'stale':
      return problems.stale
    case 'oldForm':
      return problems.oldForm
    case 'deletedSince':
      return problems.deletedSince
    case 'version':
      return problems.changedMeanwhile
    case 'tooManyRotations':
      return problems.tooManyRotations
    case 'notActive':
      return problems.webhookPaused
    case 'notBack':
      return problems.notBack
    case 'unknownDatabase':
      return problems.unknownDatabase
    case 'badTarget':
    case 'badKeys':
    case 'notDelivered':
    case 'nothingSince':
    case 'noEvent':
    case 'notNext':
      return problems.invalid
    case 'credential':
    case 'members':
    case 'loss':
      return problems.unavailable
    case 'unavailable':
      return problems[outageProblems[refusal.outage] ?? 'unavailable']
  }
}

/** Outages that last until somebody does something about them. */
const outageProblems: Partial<Record<Outage, keyof typeof problems>> = {
  full: 'databaseFull',
  calls: 'tooManyCalls',
  daily: 'dailyLimit',
}
