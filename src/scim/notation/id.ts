/** Shape of an id. Ids are made by the gateway, so a text of another shape is nobody's. */
export function isPossibleId(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id)
}
