/**
 * Where the Durable Objects of a deployment run: in a jurisdiction, which is a promise, or near a place,
 * which is a wish. https://developers.cloudflare.com/durable-objects/reference/data-location/
 */

export interface ObjectLocation {
  /** Jurisdiction that the D1 database was made in; absent or empty for none. */
  readonly JURISDICTION?: string
  /** Place near which new objects are made: where the D1 database is. Absent or empty for the caller's. */
  readonly LOCATION_HINT?: string
}

/** What the platform has, for D1, KV and Durable Objects alike. */
export const jurisdictions = ['eu', 'fedramp', 'us'] as const

export type Jurisdiction = (typeof jurisdictions)[number]

export function isJurisdiction(name: string): name is Jurisdiction {
  return jurisdictions.some((known) => known === name)
}

/** The hints that the platform takes for Durable Objects; those of D1 are among them. */
export const locationHints = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'apac-ne',
  'apac-se',
  'oc',
  'afr',
  'me',
] as const

export type LocationHint = (typeof locationHints)[number]

export function isLocationHint(name: string): name is LocationHint {
  return locationHints.some((known) => known === name)
}

/** A namespace of Durable Objects. */
interface Namespace<Stub> {
  jurisdiction(name: Jurisdiction): Pick<Namespace<Stub>, 'getByName'>
  getByName(name: string, options?: { readonly locationHint?: LocationHint }): Stub
}

/**
 * The object of this name where the deployment's objects run. Each jurisdiction has objects of its own
 * for the same names, and the platform throws for one that it does not know: better no object than one
 * elsewhere. A hint counts when an object is first named and moves none that exists; the platform
 * ignores it within a jurisdiction, so none is given there, nor one that it does not know.
 */
export function objectNamed<Stub>(
  namespace: Namespace<Stub>,
  name: string,
  { JURISDICTION, LOCATION_HINT = '' }: ObjectLocation,
): Stub {
  if (JURISDICTION) return namespace.jurisdiction(JURISDICTION as Jurisdiction).getByName(name)
  return isLocationHint(LOCATION_HINT)
    ? namespace.getByName(name, { locationHint: LOCATION_HINT })
    : namespace.getByName(name)
}
