/** The jurisdiction of a deployment: where its Durable Objects run. */

export interface Residence {
  /** Jurisdiction that the D1 database was made in; absent or empty for none. */
  readonly JURISDICTION?: string
}

/** What the platform has, for D1, KV and Durable Objects alike. */
export const jurisdictions = ['eu', 'fedramp', 'us'] as const

export type Jurisdiction = (typeof jurisdictions)[number]

export function isJurisdiction(name: string): name is Jurisdiction {
  return jurisdictions.some((known) => known === name)
}

/** A namespace of Durable Objects. */
interface Divided<Namespace> {
  jurisdiction(name: Jurisdiction): Namespace
}

/**
 * The objects of a namespace within the deployment's jurisdiction. Each jurisdiction has objects of
 * its own for the same names. The platform throws for a jurisdiction that it does not know: better
 * no object than one elsewhere.
 */
export function inJurisdiction<Namespace extends Divided<Namespace>>(
  namespace: Namespace,
  { JURISDICTION }: Residence,
): Namespace {
  return JURISDICTION ? namespace.jurisdiction(JURISDICTION as Jurisdiction) : namespace
}
