/** Errors of the application API for batches that were rolled back or found no reader. */
import type { Refusal } from '../database/batch'
import { applicationError, type ApplicationError } from './error'

export function refusedAs(refusal: Refusal): ApplicationError {
  switch (refusal.kind) {
    case 'credential':
      return applicationError('unauthorized')
    case 'target':
      return applicationError('tenantNotFound')
    case 'unavailable':
      return applicationError('unavailable')
    case 'version':
    case 'members':
    case 'loss':
    case 'taken':
      return applicationError('internalError')
  }
}
