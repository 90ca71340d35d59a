/** `/Users` (RFC 7644 sections 3.3 to 3.6). */
import { withCredential } from '../auth/tenant'
import { err, ok } from '../result'
import { scimError } from '../scim/error'
import { project, type Projection } from '../scim/projection'
import { locationOf, representUser, userTag, type StoredUser } from '../scim/representation'
import { userType } from '../scim/user'
import { refusedAs } from '../store/refusal'
import { findUser, listUsers } from '../store/users'
import { createUser, deleteUser, patchUser, replaceUser } from '../user/user'
import { readBody } from '../http/body'
import { directoryRequest, type AppContext } from '../http/context'
import { idOf } from './id'
import type { Listing } from './list'
import { projectionQuery } from './messages'
import { replyEmpty, replyError, replyResource } from '../http/reply'

export const userListing: Listing = {
  type: userType,
  async find(c, page, projection) {
    const list = await listUsers(c.env.DB, c.var.credential, page)
    if (!list.ok) return err(refusedAs(list.error, userType))
    const resources = list.value.resources.map((user) => shown(c, user, projection))
    return ok({ ...list.value, resources })
  },
}

export async function getUser(c: AppContext): Promise<Response> {
  const id = idOf(c)
  const projection = projectionQuery(c, userType)
  const found = await withCredential(c, async () => {
    const user = await findUser(c.env.DB, c.var.credential, id)
    if (!user.ok) return err(refusedAs(user.error, userType))
    return user.value
      ? ok(user.value)
      : err(scimError('resourceNotFound', { resourceType: userType.name }))
  })
  return found.ok ? answer(c, 200, found.value, projection) : replyError(c, found.error)
}

export async function postUser(c: AppContext): Promise<Response> {
  const body = await readBody(c)
  if (!body.ok) return replyError(c, body.error)
  const created = await withCredential(c, () =>
    createUser(c.env.DB, directoryRequest(c), body.value),
  )
  return created.ok
    ? answer(c, 201, created.value, projectionQuery(c, userType))
    : replyError(c, created.error)
}

export async function putUser(c: AppContext): Promise<Response> {
  return changeUser(c, replaceUser)
}

export async function patchUserRoute(c: AppContext): Promise<Response> {
  return changeUser(c, patchUser)
}

async function changeUser(
  c: AppContext,
  command: typeof replaceUser | typeof patchUser,
): Promise<Response> {
  const body = await readBody(c)
  if (!body.ok) return replyError(c, body.error)
  const changed = await withCredential(c, () =>
    command(c.env.DB, directoryRequest(c), idOf(c), body.value),
  )
  return changed.ok
    ? answer(c, 200, changed.value, projectionQuery(c, userType))
    : replyError(c, changed.error)
}

export async function deleteUserRoute(c: AppContext): Promise<Response> {
  const deleted = await withCredential(c, () => deleteUser(c.env.DB, directoryRequest(c), idOf(c)))
  return deleted.ok ? replyEmpty(c) : replyError(c, deleted.error)
}

function answer(
  c: AppContext,
  status: 200 | 201,
  user: StoredUser,
  projection: Projection,
): Response {
  return replyResource(c, status, {
    body: shown(c, user, projection),
    location: locationOf(userType, user.id, c.var.baseUrl),
    tag: userTag(user),
  })
}

function shown(c: AppContext, user: StoredUser, projection: Projection) {
  return project(userType, representUser(user, c.var.baseUrl), projection)
}
