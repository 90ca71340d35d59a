/** What Cloudflare's API answers about an account, address by address. */
import { runSql, type Account } from './account.ts'

export interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly text: string
  /** The part `metadata` of an upload; empty for anything else. */
  readonly metadata: Record<string, any>
  readonly body: any
}

export interface Answer {
  readonly result: unknown
  readonly status?: number
  readonly errors?: readonly { readonly code: number; readonly message: string }[]
  readonly info?: object
}

type Handler = (asked: Asked, parts: readonly string[]) => Answer

/** Method, path, and what answers; the groups of the path are handed on. */
export type Route = readonly [string, RegExp, Handler]

export const missing = (code: number, message: string): Answer => ({
  status: 404,
  result: null,
  errors: [{ code, message }],
})

export function routesOf(account: Account): readonly Route[] {
  const database = (id = '') =>
    account.databases.find(({ uuid, name }) => [uuid, name].includes(id))
  const shown = ({
    uuid,
    name,
    jurisdiction,
  }: {
    uuid: string
    name: string
    jurisdiction: unknown
  }) => ({
    uuid,
    name,
    jurisdiction,
    version: 'production',
    created_at: '2026-11-29T06:00:00.000Z',
    num_tables: 0,
    file_size: 4096,
    running_in_region: 'WEUR',
  })
  // All on the first page: wrangler reads on until one is empty.
  const page = (list: readonly unknown[], query?: URLSearchParams): Answer => ({
    result: Number(query?.get('page') ?? 1) > 1 ? [] : list,
    info: { page: 1, per_page: 100, count: list.length, total_count: list.length },
  })
  return [
    ['GET', /^\/user\/tokens\/verify$/, () => ({ result: { id: 'token', status: 'active' } })],
    ['GET', /^\/user$/, () => ({ result: { id: 'user', email: 'engineer@example.com' } })],
    ['GET', /^\/accounts$/, () => page([{ id: account.id, name: 'Acme' }])],
    ['GET', /^\/memberships$/, () => page([{ account: { id: account.id, name: 'Acme' } }])],
    [
      'GET',
      /^\/d1\/database$/,
      ({ query }) => {
        const name = query.get('name')
        const wanted = account.databases.filter((one) => name === null || one.name === name)
        return page(wanted.map(shown), query)
      },
    ],
    [
      'POST',
      /^\/d1\/database$/,
      ({ body }) => ({ result: shown(account.makeDatabase(body.name, body.jurisdiction ?? null)) }),
    ],
    [
      'GET',
      /^\/d1\/database\/([^/]+)$/,
      (_, [id]) => {
        const found = database(id)
        return found ? { result: shown(found) } : missing(7404, 'The database could not be found')
      },
    ],
    [
      'DELETE',
      /^\/d1\/database\/([^/]+)$/,
      (_, [id]) => {
        account.databases = account.databases.filter(({ uuid }) => uuid !== id)
        return { result: null }
      },
    ],
    [
      'POST',
      /^\/d1\/database\/([^/]+)\/query$/,
      ({ body }, [id]) => {
        const found = database(id)
        if (!found) return missing(7404, 'The database could not be found')
        try {
          return { result: [runSql(found.data, body.sql, body.params ?? [])] }
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error)
          return { status: 400, result: null, errors: [{ code: 7500, message }] }
        }
      },
    ],
    ['GET', /^\/storage\/kv\/namespaces$/, ({ query }) => page(account.namespaces, query)],
    [
      'POST',
      /^\/storage\/kv\/namespaces$/,
      ({ body }) =>
        account.namespaces.some(({ title }) => title === body.title)
          ? missing(10014, 'a namespace with this account ID and title already exists')
          : { result: account.makeNamespace(body.title, body.jurisdiction ?? null) },
    ],
    [
      'DELETE',
      /^\/storage\/kv\/namespaces\/([^/]+)$/,
      (_, [id]) => {
        account.namespaces = account.namespaces.filter((one) => one.id !== id)
        return { result: null }
      },
    ],
    [
      'GET',
      /^\/workers\/services\/([^/]+)$/,
      (_, [name = '']) =>
        account.scripts.has(name)
          ? {
              result: {
                id: name,
                default_environment: {
                  environment: 'production',
                  script: { id: name, last_deployed_from: 'wrangler', tag: 'tag', tags: [] },
                },
              },
            }
          : missing(10090, 'workers.api.error.service_not_found'),
    ],
    ['GET', /^\/workers\/subdomain$/, () => ({ result: { subdomain: 'acme' } })],
    [
      'GET',
      /^\/workers\/scripts\/([^/]+)\/subdomain$/,
      (_, [name = '']) => ({
        result: {
          enabled: account.scripts.get(name)?.onWorkersDev ?? false,
          previews_enabled: false,
        },
      }),
    ],
    [
      'POST',
      /^\/workers\/scripts\/([^/]+)\/subdomain$/,
      ({ body }, [name = '']) => {
        account.change(name, { onWorkersDev: body.enabled })
        return { result: { enabled: body.enabled, previews_enabled: false } }
      },
    ],
    [
      'POST',
      /^\/workers\/scripts\/([^/]+)\/assets-upload-session$/,
      () => ({ result: { jwt: 'done', buckets: [] } }),
    ],
    [
      'PUT',
      /^\/workers\/scripts\/([^/]+)$/,
      ({ metadata }, [name = '']) => {
        account.change(name, {
          bindings: metadata['bindings'],
          flags: metadata['compatibility_flags'],
          placement: metadata['placement'],
        })
        return { result: { id: name, startup_time_ms: 50, deployment_id: 'version-1' } }
      },
    ],
    [
      'PUT',
      /^\/workers\/scripts\/([^/]+)\/schedules$/,
      ({ body }, [name = '']) => {
        account.change(name, { crons: body.map((one: { cron: string }) => one.cron) })
        return { result: body }
      },
    ],
    [
      'GET',
      /^\/workers\/scripts\/([^/]+)\/secrets$/,
      (_, [name = '']) => {
        const script = account.scripts.get(name)
        if (!script) return missing(10007, 'This Worker does not exist on your account.')
        const keys = [...script.secrets.keys()]
        return { result: keys.map((key) => ({ name: key, type: 'secret_text' })) }
      },
    ],
    [
      'PUT',
      /^\/workers\/scripts\/([^/]+)\/secrets$/,
      ({ body }, [name = '']) => {
        account.scripts.get(name)?.secrets.set(body.name, body.text)
        return { result: { name: body.name, type: body.type } }
      },
    ],
    [
      'GET',
      /^\/workers\/scripts\/([^/]+)\/deployments$/,
      (_, [name = '']) =>
        account.scripts.has(name)
          ? {
              result: {
                deployments: [
                  {
                    id: 'd',
                    source: 'wrangler',
                    strategy: 'percentage',
                    author_email: 'engineer@example.com',
                    created_on: '2026-11-29T06:00:00Z',
                    versions: [{ version_id: 'v', percentage: 100 }],
                  },
                ],
              },
            }
          : missing(10007, 'This Worker does not exist on your account.'),
    ],
    [
      'GET',
      /^\/workers\/scripts\/([^/]+)\/settings$/,
      (_, [name = '']) =>
        account.scripts.has(name)
          ? { result: { bindings: account.scripts.get(name)?.bindings } }
          : missing(10007, 'This Worker does not exist on your account.'),
    ],
    [
      'GET',
      /^\/workers\/workers\/([^/]+)$/,
      (_, [name = '']) => ({
        result: {
          id: name,
          name,
          subdomain: {
            enabled: account.scripts.get(name)?.onWorkersDev ?? false,
            previews_enabled: false,
          },
        },
      }),
    ],
    [
      'PATCH',
      /^\/workers\/workers\/([^/]+)$/,
      ({ body }, [name = '']) => {
        account.change(name, { onWorkersDev: body.subdomain?.enabled ?? true })
        return { result: { id: name, name, ...body } }
      },
    ],
    [
      'POST',
      /^\/graphql$/,
      () => ({ result: { viewer: { accounts: [{ d1AnalyticsAdaptiveGroups: [] }] } } }),
    ],
    [
      'DELETE',
      /^\/workers\/services\/([^/]+)$/,
      (_, [name = '']) => {
        account.scripts.delete(name)
        return { result: null }
      },
    ],
    [
      'POST',
      /^\/workers\/scripts\/([^/]+)\/domains\/changeset$/,
      ({ body }) => ({ result: { added: body, removed: [], updated: [], conflicting: [] } }),
    ],
    [
      'PUT',
      /^\/workers\/scripts\/([^/]+)\/domains\/records$/,
      ({ body }, [name = '']) => {
        const domains = body.origins.map((origin: { hostname: string }) => origin.hostname)
        account.change(name, { domains })
        return { result: body.origins }
      },
    ],
    [
      'GET',
      /^\/workers\/scripts\/([^/]+)\/references$/,
      () => ({ result: { services: { incoming: [], outgoing: [] }, durable_objects: [] } }),
    ],
    ['GET', /^\/workers\/tails\/by-consumer\/([^/]+)$/, () => ({ result: [] })],
    ['PATCH', /^\/workers\/scripts\/([^/]+)\/script-settings$/, ({ body }) => ({ result: body })],
  ]
}
