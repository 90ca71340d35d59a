/** The people and teams as the provider knows them: what the server should hold in the end. */

export interface Profile {
  userName: string
  givenName: string
  familyName: string
  email: string
  title: string
  department: string
  manager: Person | undefined
}

export interface Person {
  /** The provider's own id; it does not change. */
  readonly externalId: string
  readonly profile: Profile
  /** The server's id; undefined until it has answered one. */
  id: string | undefined
  active: boolean
  isDeleted: boolean
}

export interface Team {
  readonly externalId: string
  readonly members: Set<Person>
  name: string
  id: string | undefined
  isDeleted: boolean
}

export interface Directory {
  readonly people: Person[]
  readonly teams: Team[]
}

/** Changes of the members of one team. */
export interface MemberChange {
  readonly team: Team
  readonly added: readonly Person[]
  readonly removed: readonly Person[]
}

export type Random = () => number

/** Random numbers from 0 to 1 (mulberry32); equal seeds give equal numbers. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<Value>(random: Random, values: readonly Value[]): Value | undefined {
  return values[Math.floor(random() * values.length)]
}

export function choose<Value>(random: Random, values: readonly Value[], share: number): Value[] {
  const wanted = Math.min(values.length, Math.max(1, Math.round(values.length * share)))
  return values
    .map((value) => ({ value, order: random() }))
    .sort((left, right) => left.order - right.order)
    .slice(0, wanted)
    .map(({ value }) => value)
}

const givenNames = [
  'Ann',
  'José',
  'Zoë',
  'Łukasz',
  'Anne-Marie',
  'Kim',
  'Ravi',
  'Mei',
  'Noah',
  'Ida',
]
export const familyNames = [
  'Brien',
  'García',
  'Müller',
  'van Dam',
  'Okafor',
  'Singh',
  'Wu',
  'Novák',
]
export const titles = ['Engineer', 'Team lead', 'Analyst', 'Designer', 'Accountant']
export const departments = ['Sales', 'Research & Development', 'Finance', 'Support']
const teamNames = [
  'Sales',
  'Engineering',
  'R&D',
  'Support Level 2',
  'Design - UX',
  'Finance',
  'Legal',
]

/**
 * A new directory. `tag` is part of every name, so that a run neither meets the people who are
 * there already nor those of another run.
 */
export function newDirectory(
  random: Random,
  tag: string,
  size: { readonly people: number; readonly teams: number },
): Directory {
  const people = Array.from({ length: size.people }, (_, index) => newPerson(random, tag, index))
  const teams = Array.from({ length: size.teams }, (_, index) => newTeam(tag, index))
  for (const person of people) {
    const count = random() < 0.3 ? 2 : 1
    for (let left = count; left > 0; left -= 1) pick(random, teams)?.members.add(person)
  }
  return { people, teams }
}

function newPerson(random: Random, tag: string, index: number): Person {
  const givenName = pick(random, givenNames) ?? 'Ann'
  const familyName = pick(random, familyNames) ?? 'Brien'
  const address = addressOf(givenName, familyName, `${index + 1}-${tag}`)
  return {
    externalId: `00u${tag}${index + 1}`,
    profile: {
      userName: address,
      givenName,
      familyName,
      email: address,
      title: pick(random, titles) ?? 'Engineer',
      department: pick(random, departments) ?? 'Sales',
      manager: undefined,
    },
    id: undefined,
    active: true,
    isDeleted: false,
  }
}

export function newTeam(tag: string, index: number): Team {
  const base = teamNames[index % teamNames.length] ?? 'Team'
  return {
    externalId: `00g${tag}${index + 1}`,
    members: new Set(),
    name: `${base} ${index + 1} ${tag}`,
    id: undefined,
    isDeleted: false,
  }
}

/** Lower case and without accents: many servers refuse anything else in an address. */
export function addressOf(givenName: string, familyName: string, end: string): string {
  const plain = `${givenName}.${familyName}`
    .normalize('NFD')
    .replaceAll('Ł', 'L')
    .toLowerCase()
    .replaceAll(/[^a-z.-]/g, '')
  return `${plain}.${end}@example.com`
}

export function displayNameOf({ givenName, familyName }: Profile): string {
  return `${givenName} ${familyName}`
}

/** The people and teams that should be on the server, as plain data. */
export interface Snapshot {
  readonly people: readonly { readonly userName: string; readonly active: boolean }[]
  readonly teams: readonly { readonly name: string; readonly members: readonly string[] }[]
}

export function snapshot({ people, teams }: Directory): Snapshot {
  return {
    people: people
      .filter(({ isDeleted }) => !isDeleted)
      .map(({ profile, active }) => ({ userName: profile.userName, active })),
    teams: teams
      .filter(({ isDeleted }) => !isDeleted)
      .map(({ name, members }) => ({
        name,
        members: [...members].map(({ profile }) => profile.userName).sort(),
      })),
  }
}
