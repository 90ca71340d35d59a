/** Parts of a request that were passed over, in plain words. */
import { refusedTolerance } from '../../scim/profile'
import type { ToleranceName } from '../../scim/tolerance/names'
import { startReading, type PassedOver } from '../../scim/tolerance/reading'
import { userType } from '../../scim/user'

export function PassedOverList({ entries }: { readonly entries: readonly PassedOver[] }) {
  if (entries.length === 0) return null
  return (
    <ul class="hint">
      {entries.map(({ name, what, why, count = 1 }) => (
        <li>
          Passed over: <strong>{what}</strong>
          {count > 1 ? ` (${count.toLocaleString('en')})` : ''}. {why} <code>{name}</code>
        </li>
      ))}
    </ul>
  )
}

/** The sentence of the refusal that the strict profile would have given. */
export function toleranceText(name: ToleranceName): string {
  const reading = startReading(userType, 'rfc')
  reading.applied.add(name)
  return String(refusedTolerance(reading)?.values['deviation'] ?? name)
}
