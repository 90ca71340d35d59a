/** Entra's direct tests of a schema: what is mapped is discovered, written, cleared and read. */
import { read, readList, readText, shown, type JsonObject } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { urns } from '../resources.ts'
import type { Trial } from '../trial.ts'
import { attributesOf, partsOf, schemaOf } from './discovery.ts'

/** Paths that Entra maps for a new application. */
export const usuallyMapped: readonly string[] = [
  'userName',
  'active',
  'displayName',
  'title',
  'preferredLanguage',
  'name.givenName',
  'name.familyName',
  'name.formatted',
  'emails[type eq "work"].value',
  ...['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'].map(
    (part) => `addresses[type eq "work"].${part}`,
  ),
  ...['work', 'mobile', 'fax'].map((type) => `phoneNumbers[type eq "${type}"].value`),
  `${urns.enterprise}:employeeNumber`,
  `${urns.enterprise}:department`,
  `${urns.enterprise}:manager`,
]

/** Attributes of teams that Entra maps; externalId is common to all types, and in no schema. */
const mappedOfTeams = ['displayName', 'members']

/** Every path of a schema, in small letters: `emails[type eq "work"].value` for each canonical type. */
function pathsOf(schema: JsonObject): readonly string[] {
  const urn = readText(schema, 'id') ?? ''
  const paths = attributesOf(schema).flatMap((attribute) => {
    const name = readText(attribute, 'name') ?? ''
    const parts = partsOf(attribute)
    const type = parts.find((part) => readText(part, 'name') === 'type')
    const types = readList(type, 'canonicalValues').map(String)
    const names = parts.map((part) => readText(part, 'name') ?? '')
    const chosen = types.flatMap((one) => names.map((part) => `${name}[type eq "${one}"].${part}`))
    return [name, ...names.map((part) => `${name}.${part}`), ...chosen]
  })
  return [...paths, ...paths.map((path) => `${urn}:${path}`)].map((path) => path.toLowerCase())
}

export const discoversMapped: Check = {
  name: 'Every mapped path is found in Schemas, types of entries by their canonicalValues',
  async run(trial) {
    const schemas = await trial.schemas()
    const known = new Set(schemas.flatMap(pathsOf))
    const common = new Set(['id', 'externalid'])
    for (const path of trial.room.mapped.map((one) => one.toLowerCase())) {
      trial.holds(known.has(path) || common.has(path), `/Schemas does not describe ${path}.`)
    }
    const teams = attributesOf(await schemaOf(trial, urns.group))
    for (const name of mappedOfTeams) {
      const isThere = teams.some((attribute) => readText(attribute, 'name') === name)
      trial.holds(isThere, `The schema of groups has no "${name}".`)
    }
  },
}

/** Texts that have a form, or that a person has to have: a made up value would not do. */
const hasForm =
  /^(userName|active|externalId|preferredLanguage|locale|timezone|profileUrl)$|:manager$|\[/

/** Single texts of people that are mapped, with a value for each. */
function textsOf(trial: Trial): readonly (readonly [string, string])[] {
  const paths = trial.room.mapped.filter((path) => !hasForm.test(path))
  return paths.map((path) => [path, trial.name('value')])
}

function valueAt(body: unknown, path: string): unknown {
  const prefix = `${urns.enterprise}:`
  return path.startsWith(prefix)
    ? read(body, urns.enterprise, path.slice(prefix.length))
    : read(body, ...path.split('.'))
}

export const updatesMapped: Check = {
  name: 'A PATCH of the mapped texts of a person is read back, value by value',
  async run(trial) {
    const texts = textsOf(trial)
    const { path } = await trial.person()
    await trial.change(path, ...texts.map(([to, value]) => ({ op: 'Replace', path: to, value })))
    const body = await trial.read(path)
    for (const [to, value] of texts) trial.same(valueAt(body, to), value, `"${to}"`)
  },
}

/** Both are how Entra says that a value is gone. */
export const clearsByNull: Check = {
  name: 'A PATCH with "", and one with null, leaves an attribute without a value',
  async run(trial) {
    // Many servers want the parts of a name.
    const texts = textsOf(trial).filter(([to]) => !to.startsWith('name.'))
    const { path } = await trial.person()
    for (const nothing of ['', null]) {
      await trial.change(path, ...texts.map(([to, value]) => ({ op: 'Replace', path: to, value })))
      const operations = texts.map(([to]) => ({ op: 'Replace', path: to, value: nothing }))
      await trial.change(path, ...operations)
      const body = await trial.read(path)
      for (const [to] of texts) {
        const found = valueAt(body, to) ?? ''
        trial.same(found, '', `"${to}" behind ${shown(nothing)}`)
      }
    }
  },
}
