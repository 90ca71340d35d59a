/** Where somebody is, in a sentence to paste into a ticket. Pure. */
import type { HeldChange } from '../../guard/changes'
import type { Problem } from '../../activity/problems'
import { titleOf } from '../activity/failures'

/** What is known of a person. Times are in milliseconds since 1970. */
export interface Whereabouts {
  readonly name: string
  readonly tenantName: string
  /** The name of the provider, as a sentence begins with it. */
  readonly provider: string
  /** In the directory; undefined for nobody there. */
  readonly present: { readonly isActive: boolean; readonly teams: number } | undefined
  /** Whoever has the name of a person who is not there. */
  readonly namesake?: { readonly isActive: boolean; readonly createdAt: number } | undefined
  /** The person's own change that the application has not been told. */
  readonly held: Pick<HeldChange, 'state' | 'at'> | undefined
  /** The latest refusal that is not over. */
  readonly problem: Pick<Problem, 'code' | 'firstAt' | 'lastAt' | 'tries'> | undefined
  /** The latest change that an event tells; undefined where the log has none. */
  readonly last: { readonly type: string; readonly at: number; readonly told: string } | undefined
  readonly remedy: string
}

export function sentenceAbout(of: Whereabouts): string {
  const { name, tenantName, provider, present, namesake, held, problem, last, remedy } = of
  const parts: string[] = []
  if (present) {
    const state = present.isActive ? 'active' : 'inactive'
    const { teams: count } = present
    const teams = count === 0 ? 'no team' : `${count} ${count === 1 ? 'team' : 'teams'}`
    parts.push(`${name} is in ${tenantName}: ${state}, in ${teams}.`)
  } else if (last?.type === 'user.deleted') {
    parts.push(`${provider} deleted ${name} in ${tenantName} on ${dateOf(last.at)}.`)
  } else if (held) parts.push(ended(`${provider} deleted ${name} in ${tenantName}`))
  else parts.push(ended(`${name} is not in ${tenantName}`))
  if (namesake) {
    const state = namesake.isActive ? 'active' : 'inactive'
    parts.push(
      `A person with this user name is there since ${dateOf(namesake.createdAt)}: ${state}, under another id.`,
    )
  }
  if (problem) {
    const tries = problem.tries === 1 ? 'once' : `${problem.tries} times`
    parts.push(
      `${provider} has tried ${tries} since ${dateOf(problem.firstAt)}, and was refused: ${titleOf(problem.code)}.`,
      `What to do: ${remedy}`,
    )
  }
  if (held?.state === 'held') {
    parts.push(
      `A change of ${dateOf(held.at)} is stored and held: the product has not been told, and somebody has to decide under Holds.`,
    )
  } else if (held?.state === 'drift') {
    parts.push(`A change of ${dateOf(held.at)} was discarded: the product was never told of it.`)
  }
  if (last && !held) parts.push(last.told)
  return parts.join(' ')
}

/** Calls with a token that did not hold: nobody knows whom they were about. */
export interface RefusedCalls {
  readonly calls: number
  readonly latestAt: number
}

/** The answer for somebody of whom nothing is known. `since` is the begin of what the log still has. */
export function sentenceOfNobody(of: {
  readonly text: string
  readonly provider: string
  readonly tenantName: string
  readonly since: number
  readonly refused?: RefusedCalls | undefined
  /** True while the tenant is switched off: whoever is sent is refused. */
  readonly isOff?: boolean
  /** False where the changes of the last minutes have not been looked at. */
  readonly isWhole: boolean
  /** People whose given and family names were looked at, where there may be more; 0 for all. */
  readonly scanned: number
}): string {
  const { text, provider, tenantName, refused, isOff = false, isWhole, scanned } = of
  const since = `(log since ${dateOf(of.since)})`
  const isShut = refused !== undefined || isOff
  const who = isShut ? `${provider} has not got through with` : `${provider} has never sent`
  // A name may be written otherwise: of an address alone this can be said.
  const parts = text.includes('@')
    ? [
        `${who} anybody with this address (${text}) to ${tenantName} ${since}: nobody is here, was refused, was renamed or was deleted.`,
        ...(isShut ? [] : ['Check the assignment in the identity provider.']),
      ]
    : [
        `Nobody in ${tenantName} has a name, user name or identifier that begins with “${text}”, and nobody like that was refused, renamed or deleted ${since}.`,
        ...(scanned === 0
          ? []
          : [
              `Of given and family names alone, those of the latest ${scanned} people were compared.`,
            ]),
        'Search by the address, and check the assignment in the identity provider.',
      ]
  if (isOff) parts.push(`${tenantName} is switched off, and every call is refused: switch it on.`)
  else if (refused) {
    const calls = refused.calls === 1 ? 'one call' : `${refused.calls} calls`
    parts.push(
      `Since its last call that was let in, ${calls} came without a valid token, the last on ${dateOf(refused.latestAt)}; whom ${refused.calls === 1 ? 'it was' : 'they were'} about is not known. Give the identity provider a new token.`,
    )
  }
  if (!isWhole) {
    parts.push(
      'Many changes have just come and have not been looked at yet: search again in a minute.',
    )
  }
  return parts.join(' ')
}

/** A sentence with one full stop, also behind a name that has its own ("Acme Corp."). */
function ended(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`
}

export function dateOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
