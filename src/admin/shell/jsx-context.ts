/**
 * Contexts of pages. `hono/jsx` as a whole holds the renderer of browsers, 7 KiB of the bundle, and the
 * package exports no smaller part: this is the file in it that alone is needed.
 */
export { createContext, useContext } from '../../../node_modules/hono/dist/jsx/context.js'
