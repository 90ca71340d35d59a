/** Names and addresses of an event by which its person or team is not found otherwise. Pure. */
import { fold } from '../scim/filter/match'
import { isObject, textOf, type Json } from '../scim/json'

/** What an event tells of names; lists are JSON texts. Empty and null for what it does not have. */
export interface NamingEvent {
  readonly tenantId: number
  readonly at: number
  readonly type: string
  readonly resourceId: string
  readonly userName: string | null
  readonly displayName: string | null
  readonly givenName: string | null
  readonly familyName: string | null
  readonly emails: string | null
  /** Before and after a change. */
  readonly formerName: string | null
  readonly formerEmails: string | null
  readonly laterEmails: string | null
}

/** A row of the table. */
export interface OtherName {
  readonly nameKey: string
  readonly tenantId: number
  readonly kind: 'former' | 'deleted'
  readonly subject: string
  readonly name: string
  readonly at: number
}

/** Stands before what is a team's: no name of a person can have this character, and no search begins with it. */
export const teamMark = '\u0001'

/** Addresses of one person that are kept. */
const maximumAddresses = 20

export function otherNamesOf(event: NamingEvent): OtherName[] {
  const { tenantId, at, type, resourceId: subject } = event
  if (type === 'team.deleted') {
    const name = event.displayName ?? ''
    const nameKey = teamMark + fold(name).trim()
    return isFolded(name) ? [] : [{ nameKey, tenantId, kind: 'deleted', subject, name, at }]
  }
  if (type === 'user.deleted') {
    const name = event.userName ?? ''
    const full = `${event.givenName ?? ''} ${event.familyName ?? ''}`.trim()
    const [first = '', ...others] = addressesIn(event.emails)
    const shown = [name, event.displayName ?? full, first].filter((text) => !isFolded(text))
    return keysOf([...shown, ...others]).map((nameKey) => {
      return { nameKey, tenantId, kind: 'deleted', subject, name, at }
    })
  }
  const later = new Set(keysOf(addressesIn(event.laterEmails)))
  const former = [event.formerName ?? '', ...addressesIn(event.formerEmails)]
  const now = fold(event.userName ?? '')
  return former.flatMap((name) => {
    const nameKey = fold(name)
    const isFormer = nameKey !== '' && nameKey !== now && !later.has(nameKey)
    return isFormer ? [{ nameKey, tenantId, kind: 'former', subject, name, at }] : []
  })
}

/** Each of some texts once, folded; none that is empty. */
function keysOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map(fold))].filter((key) => key !== '')
}

/** True for a text that SQLite folds as we do, which is so in ASCII. */
function isFolded(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\u0000-\u007f]*$/.test(text)
}

/** Addresses in a list of e-mails, or in its JSON text; clients send one object in place of a list, and texts in place of objects. */
export function addressesIn(emails: Json | undefined): string[] {
  const list = typeof emails === 'string' && emails.startsWith('[') ? parsed(emails) : emails
  return [list ?? []]
    .flat()
    .flatMap((entry) => {
      const value = isObject(entry) ? textOf(entry['value']) : textOf(entry)
      return value === '' ? [] : [value]
    })
    .slice(0, maximumAddresses)
}

function parsed(text: string): Json {
  return JSON.parse(text) as Json
}
