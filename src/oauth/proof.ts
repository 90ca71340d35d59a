/** What a token request proves its client with. */

/** The proof of a client. `clientId` is empty where the request names none. */
export type Proof =
  | { readonly kind: 'secret'; readonly clientId: string; readonly secret: string }
  | { readonly kind: 'assertion'; readonly clientId: string; readonly assertion: string }
