/**
 * A reporter of Vitest that ends a run in which nothing goes on, and names the files that had begun: what
 * hangs between two tests has no time limit of Vitest's own.
 */
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { root } from './root.ts'
import { numberOf } from './usage/numbers.ts'

/** Milliseconds without a result: more than any test may take. */
const patience = numberOf('TEST_STANDSTILL', { least: 1, most: 86_400_000, usual: 600_000 })

export default class Unfinished implements Reporter {
  readonly #begun = new Set<string>()
  #last = 'none'
  #timer: NodeJS.Timeout | undefined

  onInit(): void {
    this.#goOn()
  }

  onTestModuleQueued(module: TestModule): void {
    this.#begun.add(nameOf(module))
    this.#goOn()
  }

  onTestCaseResult(): void {
    this.#goOn()
  }

  onTestModuleEnd(module: TestModule): void {
    this.#last = nameOf(module)
    this.#begun.delete(this.#last)
    this.#goOn()
  }

  onTestRunEnd(): void {
    clearTimeout(this.#timer)
  }

  #goOn(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(), patience)
  }

  #end(): never {
    const begun = [...this.#begun].join(', ') || 'none'
    const minutes = Math.round(patience / 60_000)
    console.error(
      `Nothing has gone on for ${minutes} minutes. Begun: ${begun}. The last file that ended: ${this.#last}.`,
    )
    process.exit(1)
  }
}

function nameOf({ moduleId, project }: TestModule): string {
  return `${relative(root, moduleId)} (${project.name})`
}
