CREATE TABLE `notice_targets` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`url` text NOT NULL,
	`key` text NOT NULL,
	`secret` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`last_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE TABLE `sent_notices` (
	`target` text NOT NULL,
	`notice` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`target`, `notice`)
);
--> statement-breakpoint
CREATE TABLE `tenant_days` (
	`tenant_id` integer NOT NULL,
	`day` integer NOT NULL,
	`people` integer NOT NULL,
	`teams` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `day`)
);
