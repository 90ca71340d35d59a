/** What a server says of itself at its three endpoints of discovery. */
import { isObject, read, readList, readText, shown, type JsonObject } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { urns } from '../resources.ts'
import type { Trial } from '../trial.ts'

export const tellsItsFeatures: Check = {
  name: 'ServiceProviderConfig says which features there are, and how to sign in',
  async run(trial) {
    const config = await trial.features()
    for (const feature of ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag']) {
      const supported = read(config, feature, 'supported')
      trial.holds(typeof supported === 'boolean', `"${feature}.supported" is ${shown(supported)}.`)
    }
    const most = read(config, 'filter', 'maxResults')
    trial.holds(typeof most === 'number', `"filter.maxResults" is ${shown(most)}.`)
    const schemes = read(config, 'authenticationSchemes')
    trial.holds(Array.isArray(schemes), `"authenticationSchemes" is ${shown(schemes)}.`)
  },
}

export const tellsItsTypes: Check = {
  name: 'ResourceTypes names each type, its endpoint and its schema',
  async run(trial) {
    const types = await trial.list('/ResourceTypes')
    trial.holds(types.length > 0, 'There are no resource types.')
    for (const type of types) {
      for (const part of ['name', 'endpoint', 'schema']) {
        const value = readText(type, part)
        trial.holds(value !== undefined && value !== '', `A type has no "${part}": ${shown(type)}.`)
      }
    }
  },
}

export const namesTypesById: Check = {
  name: 'The id of each resource type is its name',
  async run(trial) {
    for (const type of await trial.list('/ResourceTypes')) {
      trial.same(read(type, 'id'), read(type, 'name'), 'The "id" of a resource type')
    }
  },
}

export const describesSchemas: Check = {
  name: 'Schemas lists every schema that the resource types name, each at its own address as well',
  async run(trial) {
    const known = new Set((await trial.schemas()).map((schema) => readText(schema, 'id')))
    for (const type of await trial.list('/ResourceTypes')) {
      const extensions = readList(type, 'schemaExtensions').map((one) => readText(one, 'schema'))
      for (const urn of [readText(type, 'schema'), ...extensions]) {
        trial.holds(known.has(urn), `/Schemas does not list ${shown(urn)}.`)
        const one = await trial.read(`/Schemas/${urn}`)
        trial.same(readText(one, 'id')?.toLowerCase(), urn?.toLowerCase(), 'The "id" of a schema')
      }
    }
  },
}

const characteristics = ['name', 'type', 'multiValued', 'required', 'mutability', 'returned']

export const describesAttributes: Check = {
  name: 'Every attribute in Schemas has its characteristics',
  async run(trial) {
    for (const schema of await trial.schemas()) {
      for (const attribute of withParts(attributesOf(schema))) {
        for (const name of characteristics) {
          trial.holds(
            attribute[name] !== undefined && attribute[name] !== null,
            `"${readText(attribute, 'name')}" of ${readText(schema, 'id')} has no "${name}".`,
          )
        }
      }
    }
  },
}

export const declaresTypes: Check = {
  name: 'Every list whose entries have a type declares the types in canonicalValues',
  async run(trial) {
    for (const schema of await trial.schemas()) {
      for (const attribute of attributesOf(schema).filter(
        ({ multiValued }) => multiValued === true,
      )) {
        const type = partsOf(attribute).find((part) => readText(part, 'name') === 'type')
        trial.holds(
          type === undefined || readList(type, 'canonicalValues').length > 0,
          `"${readText(attribute, 'name')}.type" has no canonicalValues.`,
        )
      }
    }
  },
}

export const isOnlyRead: Check = {
  name: 'Discovery can only be read: a POST to Schemas, ResourceTypes or ServiceProviderConfig is refused',
  async run(trial) {
    for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig']) {
      const answer = await trial.send('POST', path, { schemas: [urns.user] })
      trial.holds(
        [403, 404, 405, 501].includes(answer.status) || trial.isOver,
        `A POST to ${path} is answered ${answer.status}.`,
      )
    }
  },
}

export const refusesFiltersOfDiscovery: Check = {
  name: 'A filter on Schemas is refused with 403, or ignored',
  async run(trial) {
    const all = await trial.schemas()
    const filter = encodeURIComponent('name eq "nobody"')
    const answer = await trial.get(`/Schemas?filter=${filter}`)
    if (answer.status === 403) return
    trial.want(answer, 200)
    trial.same(readList(answer.body, 'Resources').length, all.length, 'The number of schemas')
  },
}

export const claimsInteroperability: Check = {
  name: 'ServiceProviderConfig says interopProfileConformant: true',
  async run(trial) {
    const config = await trial.features()
    trial.same(read(config, 'interopProfileConformant'), true, '"interopProfileConformant"')
  },
}

export const hasNoPassword: Check = {
  name: 'No schema has a password',
  async run(trial) {
    await wantNoAttribute(trial, /^password$/i)
  },
}

export const hasNoCredentials: Check = {
  name: 'No schema has an attribute for other credentials: hashes, private keys, secrets, seeds',
  async run(trial) {
    await wantNoAttribute(trial, /passw|secret|private_?key|otp_?seed|totp|mfa_?seed/i)
  },
}

async function wantNoAttribute(trial: Trial, pattern: RegExp): Promise<void> {
  for (const schema of await trial.schemas()) {
    for (const attribute of withParts(attributesOf(schema))) {
      const name = readText(attribute, 'name') ?? ''
      trial.holds(!pattern.test(name), `${readText(schema, 'id')} has "${name}".`)
    }
  }
}

export const tellsOfPages: Check = {
  name: 'ServiceProviderConfig tells of pages, cursors among them',
  async run(trial) {
    const config = await trial.features()
    trial.same(read(config, 'pagination', 'cursor'), true, '"pagination.cursor"')
  },
}

export const offersNoBasic: Check = {
  name: 'ServiceProviderConfig does not offer HTTP Basic',
  async run(trial) {
    const schemes = readList(await trial.features(), 'authenticationSchemes')
    trial.holds(schemes.length > 0, 'authenticationSchemes is missing or empty.')
    const isBasic = (scheme: unknown) => readText(scheme, 'type')?.toLowerCase() === 'httpbasic'
    trial.holds(!schemes.some(isBasic), 'HTTP Basic is among the authenticationSchemes.')
  },
}

/** A check that one schema describes some attributes. */
export function describes(urn: string, names: readonly string[], what: string): Check {
  return {
    name: `The schema of ${what} has ${names.join(', ')}`,
    async run(trial) {
      const schema = await schemaOf(trial, urn)
      const known = new Set(attributesOf(schema).map((attribute) => readText(attribute, 'name')))
      for (const name of names) trial.holds(known.has(name), `${urn} has no "${name}".`)
    },
  }
}

export async function schemaOf(trial: Trial, urn: string): Promise<JsonObject> {
  const schemas = await trial.schemas()
  const found = schemas.find(
    (schema) => readText(schema, 'id')?.toLowerCase() === urn.toLowerCase(),
  )
  trial.holds(found !== undefined, `/Schemas does not list ${urn}.`)
  return found ?? {}
}

export function attributesOf(schema: unknown): readonly JsonObject[] {
  return readList(schema, 'attributes').filter(isObject)
}

export function partsOf(attribute: unknown): readonly JsonObject[] {
  return readList(attribute, 'subAttributes').filter(isObject)
}

function withParts(attributes: readonly JsonObject[]): readonly JsonObject[] {
  return attributes.flatMap((attribute) => [attribute, ...partsOf(attribute)])
}
