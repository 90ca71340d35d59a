/** The small form of zod says nothing of what is wrong until it is given its words. */
import en from 'zod/v4/locales/en.js'
import * as z from 'zod/mini'

z.config(en())
