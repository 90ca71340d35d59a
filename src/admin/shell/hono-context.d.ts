/** The part of `hono/jsx` that works without the renderer of browsers, which the whole would bring along. */
declare module '*/hono/dist/jsx/context.js' {
  export { createContext, useContext } from 'hono/jsx'
}
