/**
 * Schemas that a tenant declares for attributes of its own (RFC 7643 §7). Absent characteristics
 * have the defaults of §2.2.
 */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { textOf } from '../../scim/json'
import { attribute, type Attribute } from '../../scim/schema'
import { maximumObserved, urnPattern } from '../../scim/observed/observe'
import { isTakenUrn } from '../../scim/notation/urn'
import type { TenantExtension } from '../../tenants/settings'

const name = z
  .string()
  .check(z.regex(/^[A-Za-z][\w-]{0,63}$/, 'use letters, digits, _ and -, with a letter first'))

/** Parts may be addresses (RFC 7643 section 2.4). */
const partName = z.union([z.literal('$ref'), name])

const description = z._default(z.string().check(z.maxLength(500)), '')
const yesOrNo = z._default(z.boolean(), false)

const characteristics = {
  name,
  description,
  required: yesOrNo,
  multiValued: yesOrNo,
  caseExact: yesOrNo,
  mutability: z._default(z.enum(['readWrite', 'immutable', 'writeOnly']), 'readWrite'),
  returned: z._default(z.enum(['always', 'default', 'request', 'never']), 'default'),
  canonicalValues: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(100))),
}

const simple = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary'] as const

const simpleAttribute = exactly({
  ...characteristics,
  type: z._default(z.enum(simple), 'string'),
})

const part = exactly({
  ...characteristics,
  name: partName,
  type: z._default(z.enum(simple), 'string'),
})

const anyAttribute = z.union([
  simpleAttribute,
  exactly({
    ...characteristics,
    type: z.literal('complex'),
    subAttributes: z
      .array(part)
      .check(z.minLength(1), z.maxLength(maximumObserved), z.refine(isDistinct, 'name each once')),
  }),
])

const urn = z.string().check(
  z.maxLength(200),
  z.regex(urnPattern, 'must be a URN'),
  z.refine((id) => !isTakenUrn(id), 'must be a URN that SCIM itself does not use'),
)

const extension = exactly({
  resourceType: z.enum(['User', 'Group']),
  id: urn,
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  description,
  attributes: z
    .array(anyAttribute)
    .check(z.minLength(1), z.maxLength(maximumObserved), z.refine(isDistinct, 'name each once')),
})

/** Characters of all schemas of a tenant as JSON: every request reads them. */
const maximumLength = 200_000

export const tenantExtensions = z.pipe(
  z.array(extension).check(
    z.maxLength(5),
    z.refine((list) => isDistinct(list.map(({ id }) => ({ name: id }))), 'use each URN once'),
  ),
  z
    .transform((list: z.infer<typeof extension>[]) =>
      list.map(({ resourceType, attributes, ...schema }) => ({
        resourceType,
        schema: { ...schema, attributes: attributes.map(define) },
      })),
    )
    .check(z.refine((list) => JSON.stringify(list).length <= maximumLength, 'too large')),
)

type Given = z.infer<typeof anyAttribute>

function define(given: Given): Attribute {
  const { type, required, multiValued, caseExact, mutability, returned, canonicalValues } = given
  return attribute(given.name, given.description, {
    type,
    required,
    multiValued,
    caseExact,
    mutability,
    returned,
    ...(canonicalValues ? { canonicalValues } : {}),
    ...('subAttributes' in given ? { subAttributes: given.subAttributes.map(define) } : {}),
  })
}

/** Names and URNs do not depend on case. */
function isDistinct(list: readonly { readonly name: string }[]): boolean {
  return new Set(list.map((item) => textOf(item.name).toLowerCase())).size === list.length
}

/** Schemas from one text; an empty one declares none. */
export const schemasForm = z.pipe(
  z.pipe(
    z.transform((text: string, context) => {
      try {
        return text.trim() === '' ? [] : (JSON.parse(text) as unknown)
      } catch {
        context.issues.push({ code: 'custom', message: 'this is not JSON', input: text })
        return z.NEVER
      }
    }),
    tenantExtensions,
  ),
  z.transform((extensions) => ({ extensions })),
)

/** Schemas as they are declared, without what has its default. */
export function declarationOf({ resourceType, schema }: TenantExtension): object {
  const { description, attributes, ...named } = schema
  return {
    resourceType,
    ...named,
    ...(description === '' ? {} : { description }),
    attributes: attributes.map(declare),
  }
}

function declare(given: Attribute): object {
  const { name, uniqueness: _uniqueness, subAttributes, ...characteristics } = given
  const defaults = new Map<string, unknown>(Object.entries(attribute(name, '')))
  return {
    name,
    ...Object.fromEntries(
      Object.entries(characteristics).filter(([key, setting]) => defaults.get(key) !== setting),
    ),
    ...(subAttributes ? { subAttributes: subAttributes.map(declare) } : {}),
  }
}
