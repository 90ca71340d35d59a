/** The frame of the pages that links open, apart from the operator's console. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../../tenants/tenant'
import { root, setUpPath, useViewer } from '../shell/context'
import { languages, useWords } from '../guide/words'

const tabs = [
  { name: 'status', key: 'tab.status', page: '/status' },
  { name: 'people', key: 'tab.people', page: '/people' },
  { name: 'problems', key: 'tab.problems', page: '/problems' },
] as const

export type Tab = (typeof tabs)[number]['name']

const languageNames = { en: 'English', de: 'Deutsch' } as const

export function Frame(props: { readonly title: string; readonly children?: Child }) {
  const words = useWords()
  const viewer = useViewer()
  const { brand, language } = words
  const isSignedIn = viewer !== undefined && viewer.isFromAccess !== true
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${props.title} · ${brand.name}`}</title>
        {brand.logo === undefined ? (
          <link rel="icon" href={`${root}/console.svg`} type="image/svg+xml" />
        ) : null}
        <link rel="stylesheet" href={`${root}/console.css`} />
        {brand.accent === undefined ? null : <link rel="stylesheet" href={`${root}/brand.css`} />}
        <script src={`${root}/console.js`} defer blocking="render"></script>
      </head>
      <body class="customer">
        <a class="skip" href="#main">
          {words.text('frame.skip')}
        </a>
        <header class="top">
          <p class="brand">
            {brand.logo === undefined ? null : <img src={brand.logo} alt="" height="24" />}
            {brand.name}
          </p>
          <div class="links">
            <nav aria-label={words.text('frame.language')}>
              {languages.map((other) =>
                other === language ? null : (
                  <a href={words.pageIn(other)} lang={other} hreflang={other}>
                    {languageNames[other]}
                  </a>
                ),
              )}
            </nav>
            {viewer?.returnUrl === undefined ? null : (
              <a href={viewer.returnUrl} target="_top">
                {words.text('frame.back')}
              </a>
            )}
            {isSignedIn ? (
              <form method="post" action={`${root}/sign-out`}>
                <button type="submit" data-kind="plain">
                  {words.text('frame.signOut')}
                </button>
              </form>
            ) : null}
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {props.children}
        </main>
      </body>
    </html>
  )
}

/** One of the three pages of a tenant that is set up. */
export function TabFrame(props: {
  readonly tenant: Tenant
  readonly tab: Tab
  readonly title?: string
  readonly children?: Child
}) {
  const { tenant, tab } = props
  const words = useWords()
  const title = props.title ?? words.text(tabs.find(({ name }) => name === tab)?.key ?? '')
  return (
    <Frame title={title}>
      <nav class="sections" aria-label={words.text('frame.pages')}>
        {tabs.map(({ name, key, page }) => (
          <a href={setUpPath(tenant, page)} {...(name === tab ? current : {})}>
            {words.text(key)}
          </a>
        ))}
      </nav>
      {props.children}
    </Frame>
  )
}

const current = { 'aria-current': 'page' } as const
