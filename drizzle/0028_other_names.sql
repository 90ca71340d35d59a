CREATE TABLE `other_names` (
	`tenant_id` integer NOT NULL,
	`name_key` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`name` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `name_key`, `kind`, `subject`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `other_names_name` ON `other_names` (`name_key`);--> statement-breakpoint
CREATE INDEX `departures_user` ON `departures` (`user_id`);