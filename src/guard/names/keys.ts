/** Names in the form in which no two people, and no two teams, may have the same. Pure. */
import { fold } from '../../scim/filter/match'
import { textOf, type JsonObject } from '../../scim/json'

export function userNameKey({ userName }: JsonObject): string {
  return fold(textOf(userName))
}

export function teamNameKey({ displayName }: JsonObject): string {
  return fold(textOf(displayName).trim())
}
