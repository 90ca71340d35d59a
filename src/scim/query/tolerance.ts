/**
 * Names and lists of parameters that RFC 7644 section 3.4.2 does not have, one named function per deviation with
 * the recorded request above it. Each is pure: it answers what was meant, or `undefined` when the
 * deviation is not there. Callers note its name in the `Reading`.
 */

/** A client that writes all names in one way: `?Filter=…`, `?startindex=1`, `?excludedattributes=…`. */
export function parameterInOtherCase<Name extends string>(
  names: readonly Name[],
  name: string,
): Name | undefined {
  const lower = name.toLowerCase()
  return names.find((known) => known !== name && known.toLowerCase() === lower)
}

/** Clients of OData APIs: `?$filter=userName eq "ann@example.com"`. */
export function dollarFilter(name: string): 'filter' | undefined {
  return name.toLowerCase() === '$filter' ? 'filter' : undefined
}

/** Generated clients send a list as several parameters: `?attributes=userName&attributes=active`. */
export function repeatedAttributes(values: readonly string[]): string | undefined {
  return values.length > 1 ? values.join(',') : undefined
}

/**
 * Clients that ask for what they map: `?attributes=userName,emails[type eq "work"].value`. Answers the
 * name without the filter: all entries are shown.
 */
export function filterInAttributes(name: string): string | undefined {
  const [, list, part = ''] = /^([^[\]]+)\[.*\](\.[\w$-]+)?$/s.exec(name) ?? []
  return list === undefined ? undefined : `${list.trim()}${part}`
}
