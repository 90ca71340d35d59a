CREATE TABLE `feed_news` (
	`tenant_id` integer PRIMARY KEY NOT NULL,
	`after` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER `feed_has_news` AFTER INSERT ON `events` BEGIN
	INSERT INTO `feed_news` (`tenant_id`, `after`) VALUES (new.`tenant_id`, new.`seq` - 1) ON CONFLICT DO NOTHING;
END;
--> statement-breakpoint
DROP TRIGGER `feed_is_due`;
--> statement-breakpoint
INSERT INTO `feed_news` (`tenant_id`, `after`) SELECT `tenant_id`, `after` FROM `feed_due` WHERE true
	ON CONFLICT DO UPDATE SET `after` = min(`feed_news`.`after`, excluded.`after`);
--> statement-breakpoint
DELETE FROM `feed_due`;
