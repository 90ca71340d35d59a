/** Every refusal of the application API, as data. `docs/errors.md` is generated from this table. */
interface ApplicationEntry {
  readonly status: number
  readonly reason: string
  readonly remedy: string
}

export const applicationErrors = {
  unauthorized: {
    status: 401,
    reason: 'The key is missing, unknown, expired or revoked, or does not open this tenant.',
    remedy: 'Send "Authorization: Bearer KEY" with a key that the operator made for this tenant.',
  },
  scopeTooSmall: {
    status: 403,
    reason: 'The key may read, and not acknowledge.',
    remedy: 'Use a key with the scope "read-ack".',
  },
  keyOfOneTenant: {
    status: 403,
    reason: 'The key opens one tenant, and this address is about all tenants.',
    remedy: 'Use a key of all tenants, or /api/v1/tenants/{slug}/events.',
  },
  routeNotFound: {
    status: 404,
    reason: 'There is no such address.',
    remedy: 'Compare the address with /openapi.json of this host.',
  },
  tenantNotFound: {
    status: 404,
    reason: 'There is no tenant with this name.',
    remedy: 'Check the slug in the address.',
  },
  userNotFound: {
    status: 404,
    reason: 'There is no user with this id.',
    remedy: 'Take it for deleted; the event "user.deleted" tells when.',
  },
  teamNotFound: {
    status: 404,
    reason: 'There is no team with this id.',
    remedy: 'Take it for deleted; the event "team.deleted" tells when.',
  },
  methodNotAllowed: {
    status: 405,
    reason: 'The address does not take this method.',
    remedy: 'Use one that the header Allow names.',
  },
  invalidQuery: {
    status: 400,
    reason: 'A parameter of the request is not valid.',
    remedy: 'Correct what "errors" names.',
  },
  invalidBody: {
    status: 400,
    reason: 'The body is not a JSON object {"seq": number}.',
    remedy: 'Send the number of the last event that was taken over.',
  },
  bodyBrokenOff: {
    status: 400,
    reason: 'The body broke off before its end.',
    remedy: 'Send the request again, with a Content-Length that is the number of its bytes.',
  },
  bodyTooLarge: {
    status: 413,
    reason: 'The body is too large.',
    remedy: 'Send {"seq": number}, or {"after": place} for all tenants, and nothing else.',
  },
  invalidFeedAcknowledgement: {
    status: 400,
    reason: 'The body is not an acknowledgement of all tenants.',
    remedy: 'Send JSON: {"after": "…"} with "after" of the last answer that was taken over.',
  },
  invalidCursor: {
    status: 400,
    reason: 'The cursor is not one of this list, or the place not one of the feed.',
    remedy:
      'Send "next" of the page before as it is, or begin again without a cursor. In the feed, send "after" of the answer before.',
  },
  expiredCursor: {
    status: 400,
    reason: 'The cursor is older than an hour.',
    remedy: 'Begin the list again without a cursor.',
  },
  eventsGone: {
    status: 410,
    reason: 'Events behind this number are no longer kept.',
    remedy: 'Read users, teams and members again, and then the events after "asOf".',
  },
  eventsAhead: {
    status: 410,
    reason: 'The log has no event with this number yet: it is not the log that the number is from.',
    remedy: 'Read users, teams and members again, and then the events after "asOf".',
  },
  feedAhead: {
    status: 410,
    reason: 'The feed has not come to this place yet: a backup was restored.',
    remedy:
      'Take "after" of "after=latest", read the users, teams and members of all tenants, and go on ' +
      'from there.',
  },
  logMissing: {
    status: 400,
    reason: 'The number of an event says nothing without its log.',
    remedy: 'Send "log" of the answer that the number is from beside "after".',
  },
  otherLog: {
    status: 410,
    reason: 'The log began again, after a backup was restored or the tenant was made anew.',
    remedy: 'Read users, teams and members again, and then the events after "asOf" of the new log.',
  },
  acknowledgedTooFar: {
    status: 409,
    reason: 'The log has no event with this number yet.',
    remedy: 'Acknowledge only what was read; "asOf" is the last event.',
  },
  tooManyRequests: {
    status: 429,
    reason: 'There were too many requests.',
    remedy: 'Wait as long as Retry-After says; wait for events with "wait" rather than ask again.',
  },
  unavailable: {
    status: 503,
    reason: 'The database cannot take the request at the moment.',
    remedy: 'Repeat the request as it is.',
  },
  internalError: {
    status: 500,
    reason: 'The gateway failed.',
    remedy: 'Repeat the request; when it fails again, quote the header X-Request-Id.',
  },
} as const satisfies Record<string, ApplicationEntry>

export type ApplicationErrorCode = keyof typeof applicationErrors

/** A refusal as it is answered: plain data, so that it passes a service binding as it is. */
export interface ApplicationError {
  readonly code: ApplicationErrorCode
  readonly status: number
  readonly reason: string
  readonly remedy: string
  /** Number of the last event of the tenant, where that matters. */
  readonly asOf?: number
  /** The parameters that are wrong. */
  readonly errors?: readonly { readonly parameter: string; readonly detail: string }[]
}

export function applicationError(
  code: ApplicationErrorCode,
  more: Pick<ApplicationError, 'asOf' | 'errors'> = {},
): ApplicationError {
  return { code, ...applicationErrors[code], ...more }
}
