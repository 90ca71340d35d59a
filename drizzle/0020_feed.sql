CREATE TABLE `feed_due` (
	`tenant_id` integer PRIMARY KEY NOT NULL,
	`after` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `feeds` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`last` integer NOT NULL,
	`start` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `feed_segments` (
	`position` integer PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`first` integer NOT NULL,
	`last` integer NOT NULL
);
--> statement-breakpoint
CREATE TRIGGER `feed_is_due` AFTER INSERT ON `events` BEGIN
	INSERT INTO `feed_due` (`tenant_id`, `after`) VALUES (new.`tenant_id`, new.`seq` - 1) ON CONFLICT DO NOTHING;
END;
--> statement-breakpoint
INSERT INTO `feeds` (`id`, `name`, `last`, `start`) VALUES (1, lower(hex(randomblob(6))), 0, 0);
--> statement-breakpoint
INSERT INTO `feed_due` (`tenant_id`, `after`) SELECT `id`, (SELECT min(`seq`) - 1 FROM `events` WHERE `events`.`tenant_id` = `tenants`.`id`) FROM `tenants` WHERE EXISTS (SELECT 1 FROM `events` WHERE `events`.`tenant_id` = `tenants`.`id`);
