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