CREATE TABLE `refused_calls` (
	`tenant_id` integer NOT NULL,
	`reason` text NOT NULL,
	`token_id` text NOT NULL,
	`first_at` integer NOT NULL,
	`latest_at` integer NOT NULL,
	`calls` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `reason`, `token_id`)
);
--> statement-breakpoint
CREATE TABLE `set_ups` (
	`tenant_id` integer PRIMARY KEY NOT NULL,
	`guide` text NOT NULL,
	`chosen_at` integer NOT NULL,
	`done_at` integer
);
--> statement-breakpoint
ALTER TABLE `links` ADD `return_url` text;--> statement-breakpoint
ALTER TABLE `links` ADD `opens_until` integer;