/** The Worker under test, for `exports` of `cloudflare:workers`. */
declare namespace Cloudflare {
  interface GlobalProps {
    readonly mainModule: typeof import('../../src/index')
  }
}
