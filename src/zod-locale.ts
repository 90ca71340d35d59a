/** `zod/mini` has no error messages until a locale is set. */
import en from 'zod/v4/locales/en.js'
import * as z from 'zod/mini'

z.config(en())
