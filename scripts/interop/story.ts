/**
 * What the script of a client tells, a line each, with tabs: `step` and its name when it came out as
 * the script expects; `wrong`, a name and what was seen; `person` or `team` and, as JSON, what the
 * client believes it to be at the end. Other lines are noise of the client.
 */
import { isObject, type JsonObject } from '../simulator/json.ts'

export interface Story {
  readonly steps: number
  readonly wrong: readonly string[]
  readonly people: readonly JsonObject[]
  readonly teams: readonly JsonObject[]
}

export function readStory(lines: readonly string[]): Story {
  const cells = lines.map((line) => line.split('\t'))
  const called = (kind: string) => cells.filter(([first]) => first === kind)
  const objects = (kind: string) =>
    called(kind)
      .map(([, ...rest]) => JSON.parse(rest.join('\t')) as unknown)
      .filter(isObject)
  return {
    steps: called('step').length,
    wrong: called('wrong').map(([, ...rest]) => rest.join(': ')),
    people: objects('person'),
    teams: objects('team'),
  }
}
