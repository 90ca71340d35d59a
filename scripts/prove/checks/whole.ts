/** Everything that a schema describes, written once and read back: what is announced is kept. */
import { instant } from '../../../src/scim/notation/instant.ts'
import { isObject, read, readList, readText, shown, type JsonObject } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { addressOf, urns } from '../resources.ts'
import { attributesOf, partsOf, schemaOf } from './discovery.ts'

export const keepsWhatItDescribes: Check = {
  name: 'Every attribute that Schemas describes for people can be written, and is read back',
  async run(trial) {
    const name = trial.name()
    const manager = await trial.person()
    const core = writable(await schemaOf(trial, urns.user))
    const schemas = await trial.schemas()
    const more = schemas.find((schema) => readText(schema, 'id') === urns.enterprise)
    const extension = more ? writable(more) : []
    const sample = (attribute: JsonObject) => sampleOf(attribute, name, manager.id)
    const body: Record<string, unknown> = {
      schemas: [urns.user, ...(more ? [urns.enterprise] : [])],
      ...Object.fromEntries(core.map((attribute) => [textAt(attribute), sample(attribute)])),
      userName: addressOf(name),
      active: true,
      ...(more
        ? {
            [urns.enterprise]: Object.fromEntries(
              extension.map((attribute) => [textAt(attribute), sample(attribute)]),
            ),
          }
        : {}),
    }
    const made = await trial.make('/Users', body)
    const shownBody = await trial.read(made.path)
    for (const attribute of core) {
      const known = textAt(attribute)
      trial.holds(
        holdsAll(read(shownBody, known), body[known]),
        `"${known}" is ${shown(read(shownBody, known), 100)}, and not ${shown(body[known], 100)}.`,
      )
    }
    for (const attribute of extension) {
      const known = textAt(attribute)
      const wanted = read(body[urns.enterprise], known)
      const found = read(shownBody, urns.enterprise, known)
      trial.holds(holdsAll(found, wanted), `"${known}" of the extension is ${shown(found, 100)}.`)
    }
  },
}

function textAt(attribute: JsonObject): string {
  return readText(attribute, 'name') ?? ''
}

/** Attributes that a client sets and can read again. */
function writable(schema: JsonObject): readonly JsonObject[] {
  return attributesOf(schema).filter(
    (attribute) =>
      ['readWrite', 'immutable'].includes(readText(attribute, 'mutability') ?? '') &&
      readText(attribute, 'returned') !== 'never',
  )
}

/** True when everything that was sent is in what was found; a server may add parts. */
function holdsAll(found: unknown, sent: unknown): boolean {
  if (Array.isArray(sent)) {
    const list = Array.isArray(found) ? (found as unknown[]) : []
    return sent.every((one) => list.some((other) => holdsAll(other, one)))
  }
  if (!isObject(sent)) return found === sent || isSameInstant(found, sent)
  return isObject(found) && Object.entries(sent).every(([name, one]) => holdsAll(found[name], one))
}

/** Times are the same as instants, however many digits they have. */
function isSameInstant(found: unknown, sent: unknown): boolean {
  return sent === time && typeof found === 'string' && instant(found) === instant(time)
}

const time = '2026-11-01T08:00:00Z'

/** A certificate in DER, since a server may refuse what is none (RFC 7643 section 4.1.2). */
const certificate =
  'MIIBdjCCARugAwIBAgIUPWuk7AZuew6G5qk0fkqZBerAPs4wCgYIKoZIzj0EAwIwEDEOMAwGA1UEAwwFcHJvdmUwHh' +
  'cNMjYxMTI5MDcwMDI2WhcNMzYxMTI2MDcwMDI2WjAQMQ4wDAYDVQQDDAVwcm92ZTBZMBMGByqGSM49AgEGCCqGSM49' +
  'AwEHA0IABHMuztQku9xEgqaAzKD21tZPgsRqjgHosLQmUoy7KpMiBydBq8u+0DacM96YEPDpsc4n3ilXd3NirS/ySu' +
  'Aa72WjUzBRMB0GA1UdDgQWBBSjcmEyEu63EKW/o4vz2kQZP9nmoTAfBgNVHSMEGDAWgBSjcmEyEu63EKW/o4vz2kQZ' +
  'P9nmoTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC+lnamz4Ffn/Uv2NvzUcUeFAl/L7RtQgmPs3' +
  'v+br0rvQIhALOuBoR3/56bUIekrRgwfw26DY05rj5nsafghZuzl50D'

const samples: Readonly<Record<string, string>> = {
  locale: 'en-US',
  preferredLanguage: 'en',
  timezone: 'Europe/Vienna',
  country: 'AT',
  postalCode: '1010',
}

function sampleOf(attribute: JsonObject, name: string, managerId: string): unknown {
  const known = textAt(attribute)
  const one =
    readText(attribute, 'type') === 'complex'
      ? complexOf(attribute, name, managerId)
      : simpleOf(attribute, known, name, managerId)
  return attribute['multiValued'] === true ? [one] : one
}

function complexOf(attribute: JsonObject, name: string, managerId: string): unknown {
  const parts = partsOf(attribute).filter(
    (part) => readText(part, 'mutability') === 'readWrite' && textAt(part) !== '$ref',
  )
  const entries = parts.map((part) => [
    textAt(part),
    simpleOf(part, textAt(attribute), name, managerId),
  ])
  return Object.fromEntries(entries)
}

function simpleOf(part: JsonObject, of: string, name: string, managerId: string): unknown {
  const known = textAt(part)
  const [canonical] = readList(part, 'canonicalValues')
  if (canonical !== undefined) return canonical
  switch (readText(part, 'type') ?? 'string') {
    case 'boolean':
      return true
    case 'integer':
      return 7
    case 'decimal':
      return 7.5
    case 'dateTime':
      return time
    case 'binary':
      return of === 'x509Certificates' ? certificate : 'UHJvdmU='
    case 'reference':
      return `https://example.com/${name}`
    default:
      if (of === 'emails' && known === 'value') return addressOf(name)
      if (of === 'phoneNumbers' && known === 'value') return 'tel:+43-1-5550101'
      if (of === 'manager') return managerId
      return samples[known] ?? `${known} one`
  }
}
