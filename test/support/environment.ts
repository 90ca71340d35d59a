/** The environment that a command of this repository is run in where nothing else may reach it. */
export const bareEnvironment = {
  PATH: process.env['PATH'],
  /** Nothing but time: see `scripts/test.ts`. */
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
}
