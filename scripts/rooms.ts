/**
 * The check of the rooms: holds the table "Rooms" of docs/architecture.md against the files of src.
 * It reads text alone, so it takes milliseconds.
 */
import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Outcome } from './outcome.ts'
import { arrowsOf, packagesOf, readSources, type Arrow, type Source } from './sources.ts'

/** A row of the table. Paths are relative to src; those of folders end with a slash. */
interface Room {
  readonly paths: readonly string[]
  readonly doors: readonly Door[]
  /** Packages by name, with the files that may use them; an empty list means every file. */
  readonly packages: ReadonlyMap<string, readonly string[]>
  /** True when other rooms give it types and no values. */
  readonly takesTypesAlone: boolean
}

/** Some files of a room, and those above that may import them. */
interface Door {
  /** Files of the room; an empty list means all that no other door is for. */
  readonly files: readonly string[]
  /** Rooms and files that may pass; undefined for everyone above. */
  readonly openTo: readonly string[] | undefined
}

const maximumLines = 350
const maximumFilesInFolder = 18

/** Folders whose parts, files and folders alike, must not import each other in a circle. */
const foldersOfRooms = ['', 'admin/']

/** Commands and plans decide what is to be done; other files say it in SQL. */
const roleWithoutSql = /(^|[/-])(commands|plan)\.ts$/

export async function checkRooms(folder: string): Promise<Outcome> {
  const document = await readFile(join(folder, 'docs/architecture.md'), 'utf8')
  const sources = await readSources(join(folder, 'src'))
  const violations = [...findViolations(document, sources), ...columnNames(sources)]
  const isPassed = violations.length === 0
  const rules = 'The rules are in docs/architecture.md, "Rooms".'
  return { isPassed, output: isPassed ? '' : [...violations, rules].join('\n') }
}

/** One sentence for each violation. `document` is a text that holds the table. */
export function findViolations(document: string, sources: readonly Source[]): string[] {
  const rooms = readRooms(document)
  const paths = new Set(sources.map(({ path }) => path))
  const roomless = sources.filter(({ path }) => !roomOf(rooms, path))
  const arrows = sources.flatMap((source) => arrowsOf(source, paths))
  return [
    ...missingPaths(rooms, [...paths]),
    ...roomless.map(({ path }) => `src/${path} is in no room.`),
    ...arrows.flatMap((arrow) => refuseArrow(rooms, arrow)),
    ...sources.flatMap((source) => refusePackages(rooms, source)),
    ...findCircles(arrows, (path) => path),
    ...foldersOfRooms.flatMap((folder) => findCircles(arrows, (path) => partOf(path, folder))),
    ...refuseSizes(sources),
  ]
}

/** The rows of the table whose first heading is "room", from top to bottom. */
function readRooms(document: string): Room[] {
  const [, table = ''] = /^\| room \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(document) ?? []
  return table.split('\n').flatMap((line) => {
    const [, room = '', , openTo = '', packages = ''] = line.split('|')
    const paths = quoted(room)
    const within = (files: readonly string[]) => files.map((file) => `${paths[0]}${file}`)
    if (paths.length === 0) return []
    return {
      paths,
      doors: openTo.split(';').map((part) => {
        const [who = '', files = ''] = part.split(' to ').toReversed()
        return {
          files: within(quoted(files)),
          openTo: who.includes('all above') ? undefined : quoted(who),
        }
      }),
      packages: new Map(
        packages.split(';').flatMap((part) => {
          const [name, ...files] = quoted(part)
          return name === undefined ? [] : [[name, within(files)] as const]
        }),
      ),
      takesTypesAlone: packages.includes('types alone'),
    }
  })
}

function quoted(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, text = '']) => text)
}

/** The row with the longest path that holds the file. */
function roomOf(rooms: readonly Room[], file: string): Room | undefined {
  const lengths = rooms.map(({ paths }) =>
    Math.max(...paths.map((path) => (isWithin(file, path) ? path.length : 0))),
  )
  const longest = Math.max(0, ...lengths)
  return longest === 0 ? undefined : rooms[lengths.indexOf(longest)]
}

function isWithin(file: string, path: string): boolean {
  return path.endsWith('/') ? file.startsWith(path) : file === path
}

function missingPaths(rooms: readonly Room[], files: readonly string[]): string[] {
  const named = rooms.flatMap(({ paths, doors, packages }) => [
    ...paths,
    ...doors.flatMap((door) => [...door.files, ...(door.openTo ?? [])]),
    ...[...packages.values()].flat(),
  ])
  return [...new Set(named)]
    .filter((path) => !files.some((file) => isWithin(file, path)))
    .map((path) => `The table names ${path}, and src has none.`)
}

function refuseArrow(rooms: readonly Room[], { from, to, isType }: Arrow): string[] {
  const [importer, imported] = [roomOf(rooms, from), roomOf(rooms, to)]
  if (!importer || importer === imported) return []
  if (!imported) return [`src/${from} imports ${to}, which is in no room.`]
  const arrow = `src/${from} imports src/${to}`
  if (rooms.indexOf(imported) < rooms.indexOf(importer)) return [`${arrow}, which stands above it.`]
  const door =
    imported.doors.find(({ files }) => files.includes(to)) ??
    imported.doors.find(({ files }) => files.length === 0)
  if (door?.openTo && !door.openTo.some((path) => isWithin(from, path)))
    return [`${arrow}, which is not open to it.`]
  return importer.takesTypesAlone && !isType ? [`${arrow} as more than a type.`] : []
}

function refusePackages(rooms: readonly Room[], source: Source): string[] {
  const { path } = source
  return [...packagesOf(source)].flatMap((name) => {
    const what = name === 'drizzle-orm' ? 'SQL (drizzle-orm)' : name
    if (name === 'drizzle-orm' && roleWithoutSql.test(path))
      return [`src/${path} uses ${what}: commands and plans have no SQL.`]
    const files = roomOf(rooms, path)?.packages.get(name)
    const isAllowed = files?.length === 0 || files?.includes(path)
    return isAllowed ? [] : [`src/${path} uses ${what}, which its room does not allow.`]
  })
}

/** The part of a folder that holds a file: the file itself or a folder; undefined outside. */
function partOf(path: string, folder: string): string | undefined {
  if (!path.startsWith(folder)) return undefined
  const end = path.indexOf('/', folder.length)
  return end === -1 ? path : path.slice(0, end + 1)
}

function findCircles(
  arrows: readonly Arrow[],
  nameOf: (path: string) => string | undefined,
): string[] {
  const next = new Map<string, Set<string>>()
  for (const arrow of arrows) {
    const [from, to] = [nameOf(arrow.from), nameOf(arrow.to)]
    if (from === undefined || to === undefined || from === to) continue
    next.set(from, (next.get(from) ?? new Set()).add(to))
  }
  const circles = Array.from(next.keys(), (name) => shortestCircle(next, name))
    .filter((circle) => circle.length > 0)
    .map((circle) => {
      // A circle is found once from each of its parts.
      const start = circle.indexOf(circle.toSorted()[0] ?? '')
      return [...circle.slice(start), ...circle.slice(0, start + 1)].join(' → ')
    })
  return [...new Set(circles)].map((circle) => `A circle: ${circle}`)
}

/** The parts of the shortest way from a part back to itself; empty where there is none. */
function shortestCircle(next: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] {
  const seen = new Set<string>()
  const trips = [[start]]
  for (const trip of trips) {
    for (const name of next.get(trip.at(-1) ?? '') ?? []) {
      if (name === start) return trip
      if (!seen.has(name)) trips.push([...trip, name])
      seen.add(name)
    }
  }
  return []
}

function refuseSizes(sources: readonly Source[]): string[] {
  const folders = sources.map(({ path }) => posix.join('src', posix.dirname(path)))
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maximumLines)
  const full = [...new Set(folders)]
    .map((folder) => ({ folder, count: folders.filter((other) => other === folder).length }))
    .filter(({ count }) => count > maximumFilesInFolder)
  return [
    ...long.map(({ path, lines }) => `src/${path}: ${lines} lines, more than ${maximumLines}.`),
    ...full.map(
      ({ folder, count }) => `${folder}: ${count} files, more than ${maximumFilesInFolder}.`,
    ),
  ]
}

/** `row['label']`, `rows[0]?.['label']`, `ends['created_at']`, `Number(row.count)`. */
const columnByName =
  /(\b\w*[rR]ow|\[\d\])(\?\.)?\['\w+'\]|\w(\?\.)?\['\w*_\w*'\]|\b(Number|String)\(\w*[rR]ow\b/

/** Columns with these names are in the schema; the pattern of names with an underscore. */
function schemaColumns(sources: readonly Source[]): RegExp {
  const schema = sources.filter(({ path }) => path.startsWith('database/schema/'))
  const names = schema.flatMap(({ text }) =>
    Array.from(text.matchAll(/\b(?:text|integer)\(\s*'(\w+_\w+)'/g), ([, name = '']) => name),
  )
  return new RegExp(`\\b(${names.join('|')})\\b`)
}

/**
 * Columns that are named by text, which no compiler compares with the schema: reads of a row by the
 * name of a column, and SQL that spells a name where `table.column` would do.
 */
export function columnNames(sources: readonly Source[]): string[] {
  const column = schemaColumns(sources)
  return sources.flatMap((source) => {
    const { path, text } = source
    const isSql = !path.startsWith('database/schema/') && packagesOf(source).has('drizzle-orm')
    return text.split('\n').flatMap((line, index) => {
      const isComment = /^\s*(\/?\*|\/\/)/.test(line)
      const isNamed = columnByName.test(line) || (isSql && !isComment && column.test(line))
      return isNamed ? [`src/${path}:${index + 1} names a column by text: ${line.trim()}`] : []
    })
  })
}
