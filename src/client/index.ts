/** What the package exports. */
export { type Answer, type CallOptions, type ClientError } from './call.ts'
export {
  connect,
  type Client,
  type ClientOptions,
  type Event,
  type EventPage,
  type EventsWish,
  type Member,
  type Place,
  type Team,
  type User,
  type UserWish,
} from './client.ts'
export { findUser, followEvents, type Followed, type FollowOptions } from './follow.ts'
export { connectAll, type FeedEvent, type Gateway, type Tenant } from './gateway.ts'
export {
  verifyWebhook,
  type TestEvent,
  type VerifyOptions,
  type WebhookError,
  type WebhookMessage,
} from './webhook.ts'
