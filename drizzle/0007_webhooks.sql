CREATE TABLE `deliveries` (
	`webhook_id` text NOT NULL,
	`number` integer NOT NULL,
	`tenant_id` integer NOT NULL,
	`at` integer NOT NULL,
	`seq` integer,
	`event_id` text NOT NULL,
	`type` text NOT NULL,
	`status` integer,
	`duration` integer NOT NULL,
	`error` text,
	`excerpt` text NOT NULL,
	PRIMARY KEY(`webhook_id`, `number`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`url` text NOT NULL,
	`types` text,
	`secret` text NOT NULL,
	`old_secret` text,
	`old_secret_until` integer,
	`created_at` integer NOT NULL,
	`state` text NOT NULL,
	`state_at` integer NOT NULL,
	`place` integer NOT NULL,
	`revision` integer NOT NULL,
	`last_success_at` integer,
	`failures` integer NOT NULL,
	`failing_since` integer,
	`next_attempt_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE INDEX `webhooks_tenant` ON `webhooks` (`tenant_id`);