/** A client of all tenants: their list, and the feed of their events. */
import type { FeedAcknowledgement, FeedPage, Tenant, TenantPage } from '../application/answers'
import { call, pages, type Answer, type CallOptions, type Query } from './call.ts'
import { connect, type Client } from './client.ts'

export type { Tenant } from '../application/answers'

/** An event of any tenant, or the note that events of one are no longer kept (`log.gap`). */
export type FeedEvent = FeedPage['events'][number]

export interface Gateway {
  /** All tenants in the order of their slugs; a refusal comes last. */
  tenants(): AsyncGenerator<Answer<Tenant>, void>
  /** A client of one of them, with the same key. */
  tenant(slug: string): Client
  /** The end of the feed: where to go on after the lists have been read. */
  latest(): Promise<Answer<string>>
  /** The events behind a place, at most 1,000; waits half a minute for one. For `followEvents`. */
  follow(
    from: string | undefined,
  ): Promise<Answer<{ readonly events: readonly FeedEvent[]; readonly place: string }>>
  /** Tells the operator that everything before a place was taken over. */
  confirm(place: string): Promise<Answer<undefined>>
}

/** A client with a key of all tenants. */
export function connectAll(options: CallOptions): Gateway {
  const get = <T>(path: string, query: Query = {}) => call<T>(options, 'GET', path, query)
  return {
    tenants: () => pages<TenantPage, Tenant>(get, '/tenants', ({ tenants }) => tenants),
    tenant: (slug) => connect({ ...options, tenant: slug }),
    latest: async () => {
      const page = await get<FeedPage>('/events', { after: 'latest' })
      return page.ok ? { ok: true, value: page.value.after } : page
    },
    confirm: async (place) => {
      for (;;) {
        const body = { after: place }
        const done = await call<FeedAcknowledgement>(options, 'POST', '/events/ack', {}, body)
        if (!done.ok) return done
        if (!done.value.hasMore) return { ok: true, value: undefined }
      }
    },
    follow: async (from) => {
      const page = await get<FeedPage>('/events', { after: from, wait: 30, limit: 1_000 })
      if (!page.ok) return page
      const { events, after } = page.value
      return { ok: true, value: { events, place: after } }
    },
  }
}
