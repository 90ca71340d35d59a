/** Runs the checks of a kit one after the other, and gathers what came of each. */
import { ok, type Result } from '../../src/result.ts'
import type { CitedCheck, Kit } from './check.ts'
import { usuallyMapped } from './checks/mapped.ts'
import type { Fetch } from './connection.ts'
import { lookFirst } from './first-look.ts'
import { randomLetters } from './platform.ts'
import { rowOfEnd, type Row } from './report.ts'
import { signIn, type Credentials } from './sign-in.ts'
import { Trial, type Room } from './trial.ts'

export interface RoomOptions {
  readonly url: string
  readonly credentials: Credentials
  readonly fetch?: Fetch
  readonly mapped?: readonly string[]
}

/** Signs in and looks whether there is a SCIM server; the error says why nothing can be proved. */
export async function enter(options: RoomOptions): Promise<Result<Room, string>> {
  const { credentials, mapped = usuallyMapped } = options
  const send = options.fetch ?? fetch
  const url = options.url.replace(/\/+$/, '')
  const access = await signIn(send, credentials)
  if (!access.ok) return access
  const { token } = access.value
  const looked = await lookFirst(send, { url, token })
  if (!looked.ok) return looked
  const { note } = looked.value
  return ok({ url, credentials, token, fetch: send, tag: randomLetters(6), mapped, note })
}

/** Runs those checks of a kit that `isWanted` chooses, until `isStopped`. */
export async function runKit(
  kit: Kit,
  room: Room,
  onRow: (row: Row, number: number, of: number) => void = () => undefined,
  isWanted: (check: CitedCheck) => boolean = () => true,
  isStopped: () => boolean = () => false,
): Promise<readonly Row[]> {
  const wanted = kit.parts.flatMap(({ title, checks }) =>
    checks.filter(isWanted).map((check) => ({ part: title, check })),
  )
  const rows: Row[] = []
  for (const { part, check } of wanted) {
    if (isStopped()) {
      return [...rows, rowOfEnd(`It was stopped after ${rows.length} of ${wanted.length} rows.`)]
    }
    const row = await runCheck(part, check, room)
    rows.push(row)
    onRow(row, rows.length, wanted.length)
  }
  const { oneOf } = kit
  const isWhole = oneOf?.names.every((name) => rows.some((row) => row.name === name))
  return oneOf && isWhole === true ? judgeOneOf(oneOf, rows) : rows
}

async function runCheck(part: string, check: CitedCheck, room: Room): Promise<Row> {
  const start = performance.now()
  const trial = new Trial(room)
  await check.run(trial)
  await trial.tidy()
  const { name, section, weight } = check
  const milliseconds = performance.now() - start
  const { problem, skipped, measured, exchange } = trial
  const failure = weight === 'must' ? 'failed' : 'warned'
  const outcome = problem !== undefined ? failure : skipped !== undefined ? 'skipped' : 'kept'
  return {
    part,
    section,
    name,
    outcome,
    milliseconds,
    ...(problem === undefined ? {} : { problem, ...exchange }),
    ...(skipped === undefined ? {} : { problem: skipped }),
    ...(measured === undefined || problem !== undefined ? {} : { measured }),
  }
}

/** Of some checks one has to be kept; then the others fail nothing. */
function judgeOneOf(
  { names, problem }: NonNullable<Kit['oneOf']>,
  rows: readonly Row[],
): readonly Row[] {
  const isKept = rows.some(({ name, outcome }) => names.includes(name) && outcome === 'kept')
  if (isKept) {
    return rows.map((row) =>
      names.includes(row.name) && row.outcome === 'failed' ? { ...row, outcome: 'warned' } : row,
    )
  }
  const part = rows.at(-1)?.part ?? ''
  const name = 'One of the ways to sign in is proved'
  return [
    ...rows,
    { part, section: 'Authentication Model', name, outcome: 'failed', problem, milliseconds: 0 },
  ]
}
