/** Read-only attributes in a whole resource: ignored (RFC 7643 section 7), and told. */
import type { JsonObject } from '../json'
import { agrees } from '../patch/stated'
import type { Reading } from '../tolerance/reading'
import { groupsReason, remark } from './notes'

/**
 * Remarks on teams inside a person, and on the id of another resource; `shown` is the resource as it is
 * answered, empty for a new one. What is sent back as it was shown asks for nothing.
 */
export function remarkStated(reading: Reading, shown: () => JsonObject): void {
  for (const { path, value } of reading.stated) {
    const { name } = path.attribute
    const isRemarked = !path.extension && (name === 'groups' || name === 'id')
    if (!isRemarked || agrees(value, shown()[name])) continue
    if (name === 'groups') remark(reading, 'groupsInUser', name, groupsReason)
    if (name === 'id' && value !== '') {
      remark(reading, 'idInBody', name, 'The gateway makes the id of a resource, and keeps it.')
    }
  }
}
