/**
 * What `src` evaluates at its first use is evaluated with the module that uses it, in tests in workerd
 * alone. There a dynamic import asks Vite over the runner's own Durable Object, each time, and whoever
 * waits for the same module in another object or request waits for a promise that is not its own: that
 * ends in errors without a place ("I/O on behalf of a different Durable Object"), seldom, and where the
 * machine is slow. The bundle that `test/running` and `test/browser` use keeps its dynamic imports.
 */
import type { Plugin } from 'vitest/config'

/** A dynamic import of a file of `src`, when types and comments are gone. */
const dynamicImport = /\bimport\(\s*["'](\.[^"']+)["']\s*\)/g

/** Makes static imports of the dynamic ones. */
export function evaluatedBefore(source: string): Plugin {
  return {
    name: 'evaluated-before',
    transform(code, id) {
      if (!id.startsWith(source)) return
      const files: string[] = []
      const changed = code.replace(dynamicImport, (_, file: string) => {
        files.push(file)
        return `Promise.resolve(evaluated${files.length})`
      })
      if (files.length === 0) return
      const imports = files.map(
        (file, index) => `import * as evaluated${index + 1} from '${file}';`,
      )
      return { code: `${imports.join('')}${changed}`, map: null }
    },
  }
}
