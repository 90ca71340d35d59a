CREATE TABLE `protected_people` (
	`tenant_id` integer NOT NULL,
	`name_key` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `name_key`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `protected_people_user` ON `protected_people` (`tenant_id`,`user_id`);--> statement-breakpoint
CREATE TABLE `released_ids` (
	`tenant_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`released_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `released_ids_released` ON `released_ids` (`tenant_id`,`released_id`);--> statement-breakpoint
ALTER TABLE `held` ADD `name` text;--> statement-breakpoint
ALTER TABLE `held` ADD `unusable_name` text;--> statement-breakpoint
CREATE INDEX `held_name` ON `held` (`tenant_id`,`name`);--> statement-breakpoint
UPDATE `held` SET `name` = coalesce(
	(SELECT `users`.`user_name` FROM `users` WHERE `users`.`tenant_id` = `held`.`tenant_id`
		AND `users`.`id` = `held`.`user_id` AND `users`.`attributes` ->> '$.userName' = `held`.`released` ->> '$.userName'),
	lower(`released` ->> '$.userName')) WHERE `kind` = 'user' AND `released` IS NOT NULL;--> statement-breakpoint
UPDATE `held` SET `name` = coalesce(
	(SELECT `teams`.`name_key` FROM `teams` WHERE `teams`.`tenant_id` = `held`.`tenant_id`
		AND `teams`.`id` = `held`.`team_id` AND `teams`.`attributes` ->> '$.displayName' = `held`.`released` ->> '$.displayName'),
	lower(trim(`released` ->> '$.displayName'))) WHERE `kind` = 'team' AND `released` IS NOT NULL;--> statement-breakpoint
INSERT OR IGNORE INTO `protected_people` (`tenant_id`, `name_key`, `user_id`, `name`)
	SELECT `tenants`.`id`, coalesce(`users`.`user_name`, lower(`listed`.`value`)), coalesce(`users`.`id`, ''), `listed`.`value`
	FROM `tenants` CROSS JOIN json_each(`tenants`.`settings`, '$.guard.protected') AS `listed`
	LEFT JOIN `users` ON `users`.`tenant_id` = `tenants`.`id` AND `users`.`user_name` = lower(`listed`.`value`);
