/** The kits by their names. */
import type { Kit, KitName } from '../check.ts'
import { entra } from './entra.ts'
import { interop } from './interop.ts'
import { ipsie } from './ipsie.ts'
import { okta } from './okta.ts'
import { onelogin } from './onelogin.ts'
import { rfc } from './rfc.ts'

export const kits: Readonly<Record<KitName, Kit>> = { entra, okta, onelogin, interop, ipsie, rfc }
