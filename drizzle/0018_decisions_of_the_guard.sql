CREATE TABLE `release_changes` (
	`tenant_id` integer NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	`release_id` text NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `team_id`, `user_id`, `release_id`)
);
--> statement-breakpoint
CREATE TABLE `releases` (
	`tenant_id` integer NOT NULL,
	`id` text NOT NULL,
	`hold_id` text,
	`at` integer NOT NULL,
	`tell_at` integer NOT NULL,
	`author` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `releases_tell_at` ON `releases` (`tell_at`);--> statement-breakpoint
ALTER TABLE `holds` ADD `undone` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `holds` ADD `losses_at` integer;--> statement-breakpoint
ALTER TABLE `holds` ADD `losses_seq` integer;--> statement-breakpoint
ALTER TABLE `holds` ADD `lost` integer;--> statement-breakpoint
ALTER TABLE `holds` ADD `base` integer;--> statement-breakpoint
ALTER TABLE `holds` ADD `allowed` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `operator_off` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `customer_off` integer DEFAULT false NOT NULL;