/** One reading of a key set from its address: bounded in time and bytes, without redirects. */
import { err, ok, type Result } from '../result'
import {
  checkTarget,
  isLoopbackAllowed,
  type LoopbackVariables,
  type TargetRefusal,
} from '../public-address'
import { within } from '../time'

/** Milliseconds for the whole reading. */
export const readingTime = 5_000
const maximumBytes = 64 * 1024

export type FetchFault = TargetRefusal | 'unreachable' | 'status' | 'tooLarge' | 'notJson'

/** The parsed JSON at an address. Never rejects. */
export async function fetchKeys(
  variables: LoopbackVariables,
  address: string,
): Promise<Result<unknown, FetchFault>> {
  const target = checkTarget(address, isLoopbackAllowed(variables))
  if (!target.ok) return target
  const signal = AbortSignal.timeout(readingTime)
  const read = readText(target.value, signal).catch(() => err('unreachable' as const))
  const text = (await within(readingTime, read)) ?? err('unreachable' as const)
  if (!text.ok) return text
  try {
    return ok(JSON.parse(text.value))
  } catch {
    return err('notJson')
  }
}

async function readText(url: URL, signal: AbortSignal): Promise<Result<string, FetchFault>> {
  const response = await fetch(url, {
    headers: { Accept: 'application/json, application/jwk-set+json', 'User-Agent': 'Rollcall' },
    redirect: 'manual',
    signal,
  })
  const reader = response.body?.getReader()
  if (response.status !== 200 || !reader) {
    reader?.cancel().catch(() => undefined)
    return err('status')
  }
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; ;) {
    const { value } = await reader.read()
    if (!value) return ok(text + decoder.decode())
    bytes += value.byteLength
    if (bytes > maximumBytes) {
      reader.cancel().catch(() => undefined)
      return err('tooLarge')
    }
    text += decoder.decode(value, { stream: true })
  }
}
