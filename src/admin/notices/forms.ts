/** The body and form of an address that notices are sent to. */
import * as z from 'zod/mini'
import { noticeKinds } from '../../database/schema/attention'
import { exactly } from '../../http/exactly'

export const newNoticeTarget = exactly({
  kind: z.enum(noticeKinds),
  url: z.string().check(z.trim(), z.minLength(1), z.maxLength(2_000)),
})
