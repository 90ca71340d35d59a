CREATE TABLE `refusals` (
	`tenant_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`method` text NOT NULL,
	`path` text NOT NULL,
	`status` integer NOT NULL,
	`code` text NOT NULL,
	`detail` text NOT NULL,
	`subject` text,
	`cause` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `token_days` (
	`token_id` text NOT NULL,
	`day` integer NOT NULL,
	`requests` integer NOT NULL,
	PRIMARY KEY(`token_id`, `day`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `tokens` ADD `last_address` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `last_agent` text;