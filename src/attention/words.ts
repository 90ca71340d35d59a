/** Notices in words, for pages and messages: names of tenants and counts, nothing of their people. */
import { day } from '../time'
import { mostCounted, silentDays, type Notice, type NoticeKind } from './notices'

/** A few words for each kind. */
export const noticeTitles: Readonly<Record<NoticeKind, string>> = {
  hold: 'On hold',
  feedPaused: 'Delivery paused',
  endpointPaused: 'Delivery paused',
  noToken: 'No token',
  full: 'Storage full',
  tokenRefused: 'Token refused',
  refused: 'Calls refused',
  feedFailing: 'Delivery fails',
  endpointFailing: 'Delivery fails',
  silent: 'Stopped calling',
  nearlyFull: 'Nearly full',
  tokenExpires: 'Token expires',
  secretExpires: 'Secret expires',
}

/** A sentence about a tenant, without its name. */
export function noticeText({ kind, at, count }: Notice, now: number): string {
  const many = count >= mostCounted ? `${mostCounted} or more` : String(count)
  switch (kind) {
    case 'hold':
      return `${many === '1' ? '1 change waits' : `${many} changes wait`} for a decision; the application has not been told.`
    case 'feedPaused':
      return 'Delivery to an endpoint of all tenants was paused after failures: nobody gets events there.'
    case 'feedFailing':
      return `Delivery to an endpoint of all tenants fails for ${many === '1' ? '1 tenant' : `${many} tenants`} and is tried again.`
    case 'endpointPaused':
      return `Delivery to an endpoint was paused after failures; ${waiting(count)}.`
    case 'endpointFailing':
      return `Delivery to an endpoint fails and is tried again; ${waiting(count)}.`
    case 'noToken':
      return 'No token holds any more: the identity provider is refused.'
    case 'full':
      return 'It stores more than its budget: whoever is new is refused.'
    case 'nearlyFull':
      return `It stores ${count}% of its budget; beyond it, whoever is new is refused.`
    case 'tokenRefused':
      return `${many} ${many === '1' ? 'call' : 'calls'} refused, and none let in since: the token does not hold.`
    case 'refused':
      return `${many} ${many === '1' ? 'request' : 'requests'} of the identity provider refused today.`
    case 'silent':
      return `The identity provider has not called for more than ${silentDays} days.`
    case 'tokenExpires':
      return `A token expires ${inDays(at, now)}, and no newer one has taken over.`
    case 'secretExpires':
      return `The last secret of an OAuth client expires ${inDays(at, now)}.`
  }
}

function waiting(count: number): string {
  return count === 1 ? '1 event waits' : `${count.toLocaleString('en')} events wait`
}

function inDays(at: number, now: number): string {
  const days = Math.ceil((at - now) / day)
  return days <= 1 ? 'within a day' : `in ${days} days`
}

/** The page that is about a notice, below the console's first one. */
export function noticePath(notice: Pick<Notice, 'kind' | 'subject' | 'slug'>): string {
  const page = pageOf(notice)
  return notice.slug === '' ? page : `/tenants/${notice.slug}${page}`
}

/** The page below a tenant's own, where it is about one. */
function pageOf({ kind, subject }: Pick<Notice, 'kind' | 'subject'>): string {
  switch (kind) {
    case 'hold':
      return '/holds'
    case 'feedPaused':
    case 'feedFailing':
    case 'endpointPaused':
    case 'endpointFailing':
      return `/webhooks/${subject}`
    case 'refused':
      return '/activity?outcome=failed'
    case 'full':
    case 'nearlyFull':
      return '/settings'
    case 'noToken':
    case 'tokenRefused':
    case 'tokenExpires':
      return '/connection#tokens'
    case 'secretExpires':
      return `/clients/${subject}`
    case 'silent':
      return '/connection'
  }
}
