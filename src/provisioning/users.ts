/** `/Users` (RFC 7644 sections 3.3 to 3.6). */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { everything, wholeShown, type Projection } from '../scim/projection'
import {
  locationOf,
  representUser,
  userTag,
  userWriter,
  type StoredUser,
  type UserText,
} from '../scim/representation'
import type { ResourceType } from '../scim/schema'
import { userType } from '../scim/user'
import { conditionOf } from '../scim/version'
import { refusedAs } from '../directory/refusal'
import { userTypeOf } from '../tenants/settings'
import { findUser, listUsers, readUserText } from '../users/store'
import { changeUsers } from '../users/change'
import { createUsers } from '../users/create'
import { deleteUsers } from '../users/delete'
import { rememberUser } from '../users/remembered'
import type { UserAnswer } from '../users/shared'
import { readBody, readBodyBeside } from './body'
import type { ScimContext } from './context'
import { idOf } from '../http/id'
import type { Listing } from './list'
import { projectionQuery } from './messages'
import { notePassedOver } from './record'
import { replyEmpty, replyResource } from './reply'
import { directoryRequest } from './request'
import { changing, handler } from './handler'
import { noteObserved, startShowing } from './show'

export const userListing: Listing = {
  name: 'User',
  type: typeOf,
  async find(c, page, projection) {
    const list = await listUsers(c.env.DB, c.get('credential'), page, c.get('baseUrl'))
    if (!list.ok) return err(refusedAs(list.error, userType))
    const { resources } = list.value
    if (resources[0] && resources.length === 1) rememberUser(c.get('credential'), resources[0])
    return ok({ ...list.value, resources: resources.map(writer(c, projection)) })
  },
}

export const getUser = handler({
  read: (c) => ok(idOf(c)),
  async run(c, id) {
    const projection = projectionQuery(c, typeOf(c))
    if (!projection.ok) return projection
    const found = await findUser(c.env.DB, c.get('credential'), id)
    if (!found.ok) return err(refusedAs(found.error, userType))
    const user = found.value
    if (!user) return err(scimError('resourceNotFound', { resourceType: userType.name }))
    rememberUser(c.get('credential'), user)
    return ok(user)
  },
  reply: (c, user) => replyUser(c, 200, user),
})

export const postUser = changing({
  async read(c) {
    const body = await readBody(c)
    return body.ok ? ok({ id: crypto.randomUUID(), body: body.value }) : body
  },
  run: (c, user) => shown(c, () => createUsers(c.env.DB, directoryRequest(c), [user])),
  reply: (c, answer) => replyChanged(c, 201, answer),
})

export const putUser = changeBy('PUT')

export const patchUser = changeBy('PATCH')

function changeBy(method: 'PUT' | 'PATCH') {
  return changing({
    async read(c) {
      const read = await readBodyBeside(c)
      return read.ok ? ok({ id: idOf(c), method, ...read.value }) : read
    },
    run: (c, change) =>
      shown(c, () => {
        const request = directoryRequest(c)
        const { ifMatch } = request
        return changeUsers(c.env.DB, request, [{ ...change, ifMatch }], (answer) => answer)
      }),
    reply: (c, answer) => replyChanged(c, 200, answer),
  })
}

export const deleteUser = changing({
  read: (c) => ok({ id: idOf(c), ifMatch: conditionOf(c.req.raw.headers) }),
  async run(c, deletion) {
    const [result] = await deleteUsers(c.env.DB, directoryRequest(c), [deletion])
    return result ?? err(scimError('internalError'))
  },
  reply: (c) => replyEmpty(c),
})

/** The result of a command whose answer shows what the request asks for; checked before it runs. */
async function shown<T>(
  c: ScimContext,
  command: () => Promise<Result<T, ScimError>[]>,
): Promise<Result<T, ScimError>> {
  const projection = projectionQuery(c, typeOf(c))
  if (!projection.ok) return projection
  const [result] = await command()
  return result ?? err(scimError('internalError'))
}

function replyChanged(c: ScimContext, status: 200 | 201, answer: UserAnswer): Response {
  const { user, passed, observed } = answer
  noteObserved(c, observed)
  notePassedOver(c, passed)
  return replyUser(c, status, user)
}

function replyUser(c: ScimContext, status: 200 | 201, user: UserText): Response {
  // Read once more: the command may have observed what it names.
  const projection = projectionQuery(c, typeOf(c))
  return replyResource(c, status, {
    text: writer(c, projection.ok ? projection.value : everything)(user),
    location: locationOf(userType, user.id, c.get('baseUrl')),
    tag: userTag(user),
  })
}

/**
 * A function that writes a user as JSON, made once for all users of a list: what is stored, as it is, where
 * all of it is shown.
 */
function writer(c: ScimContext, projection: Projection): (user: UserText) => string {
  const isShownWhole = wholeShown(typeOf(c), projection)
  const writeWhole = userWriter(c.get('baseUrl'))
  let show: ((user: StoredUser) => JsonObject) | undefined
  return function write(user) {
    if (isShownWhole(user.attributes)) return writeWhole(user)
    show ??= startShowing(c, typeOf, projection, representUser)
    return JSON.stringify(show(readUserText(user)))
  }
}

function typeOf(c: ScimContext): ResourceType {
  return userTypeOf(c.get('credential'))
}
