/** The directory sync of Polis' library, on SQLite, behind the addresses that its server gives it. */
import { createServer } from 'node:http'
import { join } from 'node:path'
import jackson from '@boxyhq/saml-jackson'
import Database from 'better-sqlite3'

const file = join(process.env.FOLDER, 'polis.db')
// The mode stays with the file. A build for another Node ends here.
new Database(file).pragma('journal_mode = wal')

const { directorySyncController } = await jackson.controllers({
  externalUrl: 'http://127.0.0.1',
  samlPath: '/saml',
  scimPath: '/scim',
  noAnalytics: true,
  db: { engine: 'sql', type: 'sqlite', url: file },
  logger: { info() {}, warn: console.error, error: console.error },
})
const { data } = await directorySyncController.directories.create({
  name: 'peer',
  tenant: 'peer',
  product: 'bench',
  type: 'generic-scim-v2',
})
const { id: directoryId, scim } = data

/** Events go to the application, which does nothing. */
const onEvent = async () => undefined

async function answer(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1')
  const [, , resourceType, resourceId] = pathname.split('/')
  const number = (name) =>
    searchParams.get(name) === null ? undefined : Number(searchParams.get(name))
  return directorySyncController.requests.handle(
    {
      method: request.method,
      body: text === '' ? undefined : JSON.parse(text),
      directoryId,
      resourceType,
      resourceId,
      apiSecret: request.headers.authorization?.replace('Bearer ', ''),
      query: {
        count: number('count'),
        startIndex: number('startIndex'),
        filter: searchParams.get('filter') ?? undefined,
      },
    },
    onEvent,
  )
}

const server = createServer((request, response) => {
  answer(request).then(
    ({ status, data: body }) => {
      response.writeHead(status, { 'Content-Type': 'application/scim+json' })
      response.end(JSON.stringify(body))
    },
    (error) => {
      console.error(error)
      response.writeHead(500).end()
    },
  )
})
server.listen(0, '127.0.0.1', () => {
  const baseUrl = `http://127.0.0.1:${server.address().port}/scim`
  console.log(JSON.stringify({ baseUrl, token: scim.secret }))
})
// The servers take turns: a connection outlives those of the others.
server.keepAliveTimeout = 600_000
