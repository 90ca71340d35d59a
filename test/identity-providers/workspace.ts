/** A Google Workspace as the tools read it that bring it to AWS, and what happens in it on a day. */
import * as fc from 'fast-check'

export interface Person {
  readonly id: string
  email: string
  given: string
  family: string
  isSuspended: boolean
}

export interface Group {
  readonly id: string
  name: string
  readonly members: Set<Person>
}

/** One thing that happens; numbers choose a person or a group among those that there are. */
export interface Happening {
  readonly kind: (typeof kinds)[number]
  readonly person: number
  readonly group: number
}

const kinds = [
  'hire',
  'leave',
  'suspend',
  'suspend',
  'resume',
  'marry',
  'change address',
  'join',
  'part',
  'new group',
  'rename group',
  'delete group',
] as const

const number = fc.nat({ max: 1_000 })
const happening = fc.record({ kind: fc.constantFrom(...kinds), person: number, group: number })

/** Seven days with what happens on each. */
export const week = fc.array(fc.array(happening, { minLength: 1, maxLength: 6 }), {
  minLength: 7,
  maxLength: 7,
})

export class Workspace {
  readonly people: Person[] = []
  readonly groups: Group[] = []
  #count = 0

  hire(group: Group): Person {
    const id = this.#id('1')
    const [given, family] = [`Ann ${letters(id)}`, `Oak ${letters(id)}`]
    const person = { id, email: `ann${id}@example.com`, given, family, isSuspended: false }
    this.people.push(person)
    group.members.add(person)
    return person
  }

  found(): Group {
    const id = this.#id('0')
    const group = { id, name: `Team ${letters(id)}`, members: new Set<Person>() }
    this.groups.push(group)
    return group
  }

  /** Everybody who is in a group: the tools bring nobody else. */
  members(): Person[] {
    return this.people.filter((person) => this.groups.some(({ members }) => members.has(person)))
  }

  happen({ kind, person: personNumber, group: groupNumber }: Happening): void {
    const person = this.people[personNumber % Math.max(this.people.length, 1)]
    const group = this.groups[groupNumber % Math.max(this.groups.length, 1)]
    if (kind === 'new group') this.hire(this.found())
    if (!person || !group) return
    if (kind === 'hire') this.hire(group)
    if (kind === 'leave') this.#dismiss(person)
    if (kind === 'suspend') person.isSuspended = true
    if (kind === 'resume') person.isSuspended = false
    if (kind === 'marry') person.family = `Elm ${letters(this.#id('2'))}`
    if (kind === 'change address') person.email = `elm${this.#id('3')}@example.com`
    if (kind === 'join') group.members.add(person)
    if (kind === 'part') group.members.delete(person)
    if (kind === 'rename group') group.name = `Guild ${letters(this.#id('4'))}`
    if (kind === 'delete group') this.groups.splice(this.groups.indexOf(group), 1)
  }

  #dismiss(person: Person): void {
    this.people.splice(this.people.indexOf(person), 1)
    for (const { members } of this.groups) members.delete(person)
  }

  #id(prefix: string): string {
    this.#count += 1
    return `${prefix}${String(this.#count).padStart(5, '0')}`
  }
}

/** Digits as letters: names hold no digits by chance. */
function letters(id: string): string {
  return id.replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
}
