/** The name that somebody who wrote another one has probably meant. */

/** Letters that may be wrong in a word of this length. */
const wrongLetters = (word: string) => Math.min(3, Math.ceil(word.length / 4))

/** The known name that is least different, in letters alone; undefined where none is near. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((name) => ({ name, distance: distanceOf(lettersOf(word), lettersOf(name)) }))
    .filter(({ name, distance }) => name.length > 1 && distance <= wrongLetters(word))
  return near.toSorted((one, other) => one.distance - other.distance)[0]?.name
}

/** `--dryRun`, `--dry_run` and `--dryrun` are one word. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z\d]/g, '')
}

/** The least number of letters that are put in, left out or written instead of another one. */
function distanceOf(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [row, letter] of one.split('').entries()) {
    const line = [row + 1]
    for (const [column, wanted] of other.split('').entries()) {
      const changed = (above[column] ?? 0) + (letter === wanted ? 0 : 1)
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    above = line
  }
  return above.at(-1) ?? 0
}
