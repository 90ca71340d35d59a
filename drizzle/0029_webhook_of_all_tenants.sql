CREATE TABLE `feed_acknowledgements` (
	`reader` text PRIMARY KEY NOT NULL,
	`feed` text NOT NULL,
	`position` integer NOT NULL,
	`seq` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `held_emails` (
	`tenant_id` integer NOT NULL,
	`value` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `value`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `feed_webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`types` text,
	`secret` text NOT NULL,
	`old_secret` text,
	`old_secret_until` integer,
	`older_secrets` text,
	`created_at` integer NOT NULL,
	`state` text NOT NULL,
	`state_at` integer NOT NULL,
	`place` text NOT NULL,
	`revision` integer NOT NULL,
	`step` integer NOT NULL,
	`last_success_at` integer,
	`failures` integer NOT NULL,
	`failing_since` integer,
	`next_attempt_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE TABLE `feed_lanes` (
	`webhook_id` text NOT NULL,
	`tenant_id` integer NOT NULL,
	`database` text NOT NULL,
	`place` integer NOT NULL,
	`up_to` integer NOT NULL,
	`failures` integer NOT NULL,
	`failing_since` integer,
	`next_attempt_at` integer,
	`last_error` text,
	PRIMARY KEY(`webhook_id`, `tenant_id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `feeds` ADD `wakes` text;--> statement-breakpoint
CREATE INDEX `feed_segments_tenant` ON `feed_segments` (`tenant_id`,`position`);--> statement-breakpoint
CREATE INDEX `held_external_id` ON `held` (`tenant_id`,released ->> '$.externalId') WHERE team_id = '';
--> statement-breakpoint
CREATE TRIGGER `held_has_emails` AFTER INSERT ON `held` WHEN new.`team_id` = '' BEGIN
	INSERT INTO `held_emails` (`tenant_id`, `value`, `user_id`) SELECT new.`tenant_id`, iif(email.`value` ->> '$.value' GLOB '*[^ -~]*', '', lower(email.`value` ->> '$.value')), new.`user_id` FROM json_each(new.`released`, '$.emails') AS email WHERE email.`type` = 'object' AND email.`value` ->> '$.value' IS NOT NULL ON CONFLICT DO NOTHING;
END;
--> statement-breakpoint
CREATE TRIGGER `held_loses_emails` BEFORE UPDATE OF `released` ON `held` WHEN new.`team_id` = '' BEGIN
	DELETE FROM `held_emails` WHERE (`tenant_id`, `value`, `user_id`) IN (SELECT old.`tenant_id`, iif(email.`value` ->> '$.value' GLOB '*[^ -~]*', '', lower(email.`value` ->> '$.value')), old.`user_id` FROM json_each(old.`released`, '$.emails') AS email WHERE email.`type` = 'object' AND email.`value` ->> '$.value' IS NOT NULL);
END;
--> statement-breakpoint
CREATE TRIGGER `held_changes_emails` AFTER UPDATE OF `released` ON `held` WHEN new.`team_id` = '' BEGIN
	INSERT INTO `held_emails` (`tenant_id`, `value`, `user_id`) SELECT new.`tenant_id`, iif(email.`value` ->> '$.value' GLOB '*[^ -~]*', '', lower(email.`value` ->> '$.value')), new.`user_id` FROM json_each(new.`released`, '$.emails') AS email WHERE email.`type` = 'object' AND email.`value` ->> '$.value' IS NOT NULL ON CONFLICT DO NOTHING;
END;
--> statement-breakpoint
CREATE TRIGGER `held_ends_emails` AFTER DELETE ON `held` WHEN old.`team_id` = '' BEGIN
	DELETE FROM `held_emails` WHERE (`tenant_id`, `value`, `user_id`) IN (SELECT old.`tenant_id`, iif(email.`value` ->> '$.value' GLOB '*[^ -~]*', '', lower(email.`value` ->> '$.value')), old.`user_id` FROM json_each(old.`released`, '$.emails') AS email WHERE email.`type` = 'object' AND email.`value` ->> '$.value' IS NOT NULL);
END;
--> statement-breakpoint
INSERT INTO `held_emails` (`tenant_id`, `value`, `user_id`) SELECT held.`tenant_id`, iif(email.`value` ->> '$.value' GLOB '*[^ -~]*', '', lower(email.`value` ->> '$.value')), held.`user_id` FROM `held` CROSS JOIN json_each(held.`released`, '$.emails') AS email WHERE email.`type` = 'object' AND email.`value` ->> '$.value' IS NOT NULL AND `held`.`team_id` = '' ON CONFLICT DO NOTHING;
