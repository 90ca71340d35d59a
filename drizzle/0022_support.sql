CREATE TABLE `staff` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`label` text NOT NULL,
	`role` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `staff_hash` ON `staff` (`hash`);--> statement-breakpoint
CREATE TABLE `departure_marks` (
	`tenant_id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `departures` (
	`tenant_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`user_id` text NOT NULL,
	`at` integer NOT NULL,
	`user_name` text NOT NULL,
	`name_key` text NOT NULL,
	`external_id` text,
	`email_key` text,
	`display_key` text,
	PRIMARY KEY(`tenant_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `departures_name` ON `departures` (`name_key`);--> statement-breakpoint
CREATE INDEX `departures_external` ON `departures` (`external_id`);--> statement-breakpoint
CREATE INDEX `departures_email` ON `departures` (`email_key`);--> statement-breakpoint
CREATE INDEX `departures_display` ON `departures` (`display_key`);--> statement-breakpoint
CREATE TABLE `exchanges` (
	`tenant_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`request_id` text NOT NULL,
	`sent` text NOT NULL,
	`answered` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `exchanges_request` ON `exchanges` (`request_id`);--> statement-breakpoint
CREATE TABLE `problems` (
	`tenant_id` integer NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`resource_id` text,
	`name` text,
	`name_key` text,
	`external_id` text,
	`email_key` text,
	`display_key` text,
	`members` text,
	`seq` integer NOT NULL,
	`method` text NOT NULL,
	`path` text NOT NULL,
	`status` integer NOT NULL,
	`code` text NOT NULL,
	`detail` text NOT NULL,
	`cause` text NOT NULL,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`tries` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `problems_last` ON `problems` (`tenant_id`,`last_at`);--> statement-breakpoint
CREATE INDEX `problems_name` ON `problems` (`name_key`);--> statement-breakpoint
CREATE INDEX `problems_external` ON `problems` (`external_id`);--> statement-breakpoint
CREATE INDEX `problems_email` ON `problems` (`email_key`);--> statement-breakpoint
CREATE INDEX `problems_display` ON `problems` (`display_key`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `staff_id` text;--> statement-breakpoint
-- What was refused before is a problem as well: one for each person or team, with the latest request.
INSERT OR IGNORE INTO `problems` (`tenant_id`, `key`, `kind`, `resource_id`, `name`, `name_key`, `seq`, `method`, `path`, `status`, `code`, `detail`, `cause`, `first_at`, `last_at`, `tries`)
SELECT `refused`.`tenant_id`, `known`.`key`, substr(`known`.`key`, 1, 4),
	CASE WHEN `known`.`key` LIKE '____:id:%' THEN substr(`known`.`key`, 9) END, `refused`.`subject`,
	CASE WHEN `refused`.`path` LIKE '/Groups%' THEN trim(lower(`refused`.`subject`)) ELSE lower(`refused`.`subject`) END,
	`refused`.`seq`, `refused`.`method`, `refused`.`path`, `refused`.`status`, `refused`.`code`, `refused`.`detail`, `refused`.`cause`,
	`known`.`first_at`, `refused`.`at`, `known`.`tries`
FROM (SELECT `tenant_id`, `key`, max(`seq`) AS `seq`, min(`at`) AS `first_at`, count(*) AS `tries` FROM (
	SELECT `tenant_id`, `seq`, `at`, CASE
		WHEN `path` GLOB '/Users/?*' AND `path` NOT GLOB '/Users/*/*' THEN 'user:id:' || substr(`path`, 8)
		WHEN `path` GLOB '/Groups/?*' AND `path` NOT GLOB '/Groups/*/*' THEN 'team:id:' || substr(`path`, 9)
		WHEN `path` = '/Users' AND `method` = 'POST' THEN 'user:name:' || lower(`subject`)
		WHEN `path` = '/Groups' AND `method` = 'POST' THEN 'team:name:' || trim(lower(`subject`)) END AS `key`
	FROM `refusals` WHERE NOT (`method` = 'DELETE' AND `code` = 'resourceNotFound'))
	WHERE `key` IS NOT NULL GROUP BY `tenant_id`, `key`) AS `known`
JOIN `refusals` AS `refused` ON `refused`.`tenant_id` = `known`.`tenant_id` AND `refused`.`seq` = `known`.`seq`;
