/** People of the operator as JSON. */
import type * as z from 'zod/mini'
import { addPerson, listStaff, revokePerson, type StaffRecord } from '../../access/staff'
import { idOf } from '../../http/id'
import { isoOrNull } from '../../time'
import { authorOf, type AdminContext } from '../shell/context'
import { problems, replyProblem, replyRefusal } from '../shell/problem'
import type { newPerson } from './forms'

export async function postPerson(
  c: AdminContext,
  input: z.output<typeof newPerson>,
): Promise<Response> {
  const { name: label, role, expiresAt } = input
  const added = await addPerson(c.env.DB, { label, role, expiresAt }, authorOf(c))
  if (!added.ok) return replyRefusal(c, added.error)
  if (!added.value) return replyProblem(c, problems.tooManyPeople)
  const { record, code } = added.value
  return c.json({ ...showPerson(record), code }, 201, { 'Cache-Control': 'no-store' })
}

export async function getStaff(c: AdminContext): Promise<Response> {
  const found = await listStaff(c.env.DB)
  return found.ok ? c.json({ people: found.value.map(showPerson) }) : replyRefusal(c, found.error)
}

export async function deletePerson(c: AdminContext): Promise<Response> {
  const revoked = await revokePerson(c.env.DB, idOf(c), authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

function showPerson(record: StaffRecord) {
  const { id, label, role, createdBy, createdAt, lastUsedAt, expiresAt, revokedAt } = record
  return {
    id,
    name: label,
    role,
    createdBy,
    created: isoOrNull(createdAt),
    lastUsed: isoOrNull(lastUsedAt),
    expires: isoOrNull(expiresAt),
    revoked: isoOrNull(revokedAt),
  }
}
