/** Stored resources as the answers of a request show them: nothing that no schema describes. */
import { seenIn } from '../scim/observed/observe'
import { settled } from '../scim/observed/settled'
import type { JsonObject } from '../scim/json'
import { projector, type Projection } from '../scim/projection'
import type { StoredResource } from '../scim/representation'
import type { ResourceType, SeenSchema } from '../scim/schema'
import { recordObserved } from '../tenants/observed'
import { rememberCredential } from '../tokens/credential-cache'
import type { Credential } from '../tokens/credential'
import { afterResponse, type ScimContext } from './context'

/**
 * A function that shows a resource; made once for all resources of a list. What older releases have
 * stored and nobody has seen since is observed while it is shown.
 */
export function startShowing<T extends StoredResource>(
  c: ScimContext,
  typeOf: (c: ScimContext) => ResourceType,
  projection: Projection,
  represent: (resource: T, baseUrl: string) => JsonObject,
): (resource: T) => JsonObject {
  let type = typeOf(c)
  let project = projector(type, projection)
  const baseUrl = c.get('baseUrl')
  return function show(resource) {
    const { attributes } = resource
    const seen = seenIn(type, attributes)
    if (seen !== type) {
      type = seen
      project = projector(type, projection)
      c.set('observed', type.observed)
    }
    const described = settled(type, attributes)
    const shown = described === attributes ? resource : { ...resource, attributes: described }
    return project(represent(shown, baseUrl))
  }
}

/** Goes on with what a command of this request has observed: its batch has recorded it. */
export function noteObserved(c: ScimContext, observed: readonly SeenSchema[] | undefined): void {
  const credential = c.get('credential')
  if (observed === undefined || observed === credential.observed) return
  const next = { ...credential, observed, revision: credential.revision + 1 }
  c.set('credential', next)
  rememberCredential(next)
}

/** Records after the answer what has been observed while it was made. */
export function recordShown(c: ScimContext, credential: Credential): void {
  const observed = c.get('observed')
  if (observed) afterResponse(c, recordObserved(c.env.DB, credential, observed))
}
