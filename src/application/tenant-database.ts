import { err } from '../result'
import { inTenantDatabase, type Databases } from '../database/placement'
import type { Answer } from './read'
import { refusedAs } from './refusal'

/** Reads in the database of a tenant. */
export function readInTenantDatabase<E extends Databases, T>(
  environment: E,
  slug: string,
  read: (home: E) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  return inTenantDatabase<E, Answer<T>>(
    environment,
    slug,
    async (home) => (home.ok ? read(home.value) : err(refusedAs(home.error))),
    (answer) => !answer.ok && ['unauthorized', 'tenantNotFound'].includes(answer.error.code),
  )
}
