/** What a look-up may have meant that finds nobody as it is written. */
import { isTolerated } from '../profile'
import type { ToleranceName } from '../tolerance/names'
import type { Reading } from '../tolerance/reading'
import { blanksAroundText, escapeReadAsControl, plusReadAsBlank } from './tolerance'
import type { Filter } from './tree'

/** Another filter, and the tolerance that reads it out of the first. */
export interface OtherReading {
  readonly filter: Filter
  readonly name: ToleranceName
}

/** At most three, in the order in which they are to be tried; `isPlusBlank` as the address was read. */
export function otherReadings(
  reading: Reading,
  filter: Filter,
  { isPlusBlank = false }: { readonly isPlusBlank?: boolean },
): OtherReading[] {
  const tried = [
    { name: 'blanksAroundText', filter: blanksAroundText(filter) },
    { name: 'plusReadAsBlank', filter: isPlusBlank ? plusReadAsBlank(filter) : undefined },
    { name: 'loneBackslash', filter: escapeReadAsControl(filter) },
  ] as const
  return tried.flatMap(({ name, filter: meant }) =>
    meant && isTolerated(reading, name) ? [{ name, filter: meant }] : [],
  )
}
