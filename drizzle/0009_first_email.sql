ALTER TABLE `users` ADD `first_email` text GENERATED ALWAYS AS (json_extract(search, '$.emails[0].value')) VIRTUAL;--> statement-breakpoint
CREATE INDEX `users_first_email` ON `users` (`tenant_id`,`first_email`);--> statement-breakpoint
DELETE FROM `user_emails` WHERE EXISTS (SELECT 1 FROM `users` WHERE `users`.`tenant_id` = `user_emails`.`tenant_id` AND `users`.`id` = `user_emails`.`user_id` AND `users`.`first_email` = `user_emails`.`value`);
