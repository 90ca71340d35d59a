CREATE TABLE `held` (
	`tenant_id` integer NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`change` text,
	`released` text,
	`state` text NOT NULL,
	`hold_id` text NOT NULL,
	`reason` text NOT NULL,
	`cause` text NOT NULL,
	`at` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `team_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `held_user` ON `held` (`tenant_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `held_hold` ON `held` (`tenant_id`,`hold_id`);--> statement-breakpoint
CREATE TABLE `holds` (
	`tenant_id` integer NOT NULL,
	`id` text NOT NULL,
	`opened_at` integer NOT NULL,
	`closed_at` integer,
	`reason` text NOT NULL,
	`cause` text NOT NULL,
	`released` integer NOT NULL,
	`discarded` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `holds_open` ON `holds` (`tenant_id`,`closed_at`);--> statement-breakpoint
CREATE TABLE `loss_minutes` (
	`tenant_id` integer NOT NULL,
	`minute` integer NOT NULL,
	`people` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `minute`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `losses` (
	`tenant_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`minute` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `settling` (
	`tenant_id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `tenants` ADD `active_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `holding` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `tenants` SET `active_count` = (SELECT count(*) FROM `users`
	WHERE `users`.`tenant_id` = `tenants`.`id` AND (`users`.`attributes` ->> '$.active') IS NOT 0);
