/** The description of the APIs is whole. */
import { describe, expect, it } from 'vitest'
import openapi from '../../assets/openapi.json'
import { admin as administration } from '../../src/admin/api'
import { application } from '../../src/application/routes'

type Operation = { readonly operationId: string; readonly responses: object }

const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    call: `${method.toUpperCase()} ${path}`,
    operation,
  })),
)

/** Calls that a router answers, in the words of the description. */
function callsOf(routes: typeof administration.routes, base: string): string[] {
  return routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => {
      const named = path.replaceAll(/:slug|:tenant/g, '{tenant}').replaceAll(/:(\w+)/g, '{$1}')
      return `${method} ${base}${named}`
    })
}

describe('the description of the APIs', () => {
  it('has every call of both APIs, and no other', () => {
    const calls = [
      ...callsOf(administration.routes, '/admin/api'),
      ...callsOf(application.routes, '/api'),
    ]
    expect(operations.map(({ call }) => call).toSorted()).toEqual([...new Set(calls)].toSorted())
  })

  it('names each operation once, and tells what it refuses', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(names.length)
    for (const { call, operation } of operations) {
      expect([call, ...Object.keys(operation.responses)]).toEqual(
        expect.arrayContaining([call, '400', '401', '503']),
      )
    }
  })
})
