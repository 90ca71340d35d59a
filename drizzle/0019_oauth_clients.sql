CREATE TABLE `assertions` (
	`owner` text NOT NULL,
	`jti` text NOT NULL,
	`tenant_id` integer NOT NULL,
	`token_hash` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`owner`, `jti`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `client_secrets` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`owner` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE INDEX `client_secrets_owner` ON `client_secrets` (`owner`);--> statement-breakpoint
CREATE TABLE `clients` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`client_id` text NOT NULL,
	`kind` text NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	`last_used_at` integer,
	`last_address` text,
	`last_agent` text,
	`issuer` text,
	`subject` text,
	`audience` text,
	`directory_id` text,
	`jwks_url` text,
	`jwks` text,
	`jwks_read_at` integer,
	`jwks_tried_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `clients_client_id` ON `clients` (`client_id`);--> statement-breakpoint
CREATE INDEX `clients_tenant` ON `clients` (`tenant_id`);--> statement-breakpoint
ALTER TABLE `tokens` ADD `client_id` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `secret_id` text;--> statement-breakpoint
CREATE INDEX `tokens_client` ON `tokens` (`client_id`);