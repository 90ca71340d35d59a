/** `/Users` (RFC 7644 sections 3.3 to 3.6). */
import { withCredential } from './authenticate'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { projector, type Projection } from '../scim/projection'
import { locationOf, representUser, userTag, type StoredUser } from '../scim/representation'
import type { ResourceType } from '../scim/schema'
import { userType } from '../scim/user'
import { refusedAs } from '../directory/refusal'
import { userTypeOf } from '../tenants/settings'
import { findUsers, listUsers } from '../users/store'
import { changeUsers } from '../users/change'
import { createUsers } from '../users/create'
import { deleteUsers } from '../users/delete'
import { readBody } from './body'
import type { AppContext } from './context'
import { idOf } from '../http/id'
import type { Listing } from './list'
import { projectionQuery } from './messages'
import { replyEmpty, replyError, replyResource } from './reply'
import { directoryRequest } from './request'

export const userListing: Listing = {
  name: 'User',
  type: typeOf,
  async find(c, page, projection) {
    const list = await listUsers(c.env.DB, c.get('credential'), page)
    if (!list.ok) return err(refusedAs(list.error, userType))
    const show = presenter(c, projection)
    const resources = list.value.resources.map(show)
    return ok({ ...list.value, resources })
  },
}

export async function getUser(c: AppContext): Promise<Response> {
  const id = idOf(c)
  const found = await withCredential(c, async () => {
    const users = await findUsers(c.env.DB, c.get('credential'), [id])
    if (!users.ok) return err(refusedAs(users.error, userType))
    const user = users.value.get(id)
    return user ? ok(user) : err(scimError('resourceNotFound', { resourceType: userType.name }))
  })
  return answer(c, 200, found)
}

export async function postUser(c: AppContext): Promise<Response> {
  const body = await readBody(c)
  if (!body.ok) return replyError(c, body.error)
  const user = { id: crypto.randomUUID(), body: body.value }
  const created = await withCredential(c, () =>
    single(createUsers(c.env.DB, directoryRequest(c), [user])),
  )
  return answer(c, 201, created)
}

export function putUser(c: AppContext): Promise<Response> {
  return changeUser(c, 'PUT')
}

export function patchUser(c: AppContext): Promise<Response> {
  return changeUser(c, 'PATCH')
}

async function changeUser(c: AppContext, method: 'PUT' | 'PATCH'): Promise<Response> {
  const body = await readBody(c)
  if (!body.ok) return replyError(c, body.error)
  const change = { id: idOf(c), ifMatch: c.req.header('If-Match'), method, body: body.value }
  const changed = await withCredential(c, () =>
    single(changeUsers(c.env.DB, directoryRequest(c), [change])),
  )
  return answer(c, 200, changed)
}

export async function deleteUser(c: AppContext): Promise<Response> {
  const request = { id: idOf(c), ifMatch: c.req.header('If-Match') }
  const deleted = await withCredential(c, () =>
    single(deleteUsers(c.env.DB, directoryRequest(c), [request])),
  )
  return deleted.ok ? replyEmpty() : replyError(c, deleted.error)
}

/** The result of a command on a list of one. */
async function single<T>(results: Promise<Result<T, ScimError>[]>): Promise<Result<T, ScimError>> {
  const [result] = await results
  return result ?? err(scimError('internalError'))
}

function answer(
  c: AppContext,
  status: 200 | 201,
  outcome: Result<StoredUser, ScimError>,
): Response {
  if (!outcome.ok) return replyError(c, outcome.error)
  const user = outcome.value
  return replyResource(c, status, {
    body: presenter(c, projectionQuery(c, typeOf(c)))(user),
    location: locationOf(userType, user.id, c.get('baseUrl')),
    tag: userTag(user),
  })
}

/** How users are shown in an answer; made once for all of a list. */
function presenter(c: AppContext, projection: Projection): (user: StoredUser) => JsonObject {
  const project = projector(typeOf(c), projection)
  const baseUrl = c.get('baseUrl')
  return (user) => project(representUser(user, baseUrl))
}

function typeOf(c: AppContext): ResourceType {
  return userTypeOf(c.get('credential').settings)
}
