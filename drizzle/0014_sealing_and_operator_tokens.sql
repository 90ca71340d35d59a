CREATE TABLE `operator_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`label` text NOT NULL,
	`scope` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `operator_tokens_hash` ON `operator_tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `sealing_keys` (
	`tenant_id` integer NOT NULL,
	`purpose` text NOT NULL,
	`number` integer NOT NULL,
	`key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `purpose`, `number`)
);
--> statement-breakpoint
ALTER TABLE `webhooks` ADD `older_secrets` text;