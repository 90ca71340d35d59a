ALTER TABLE `tenants` ADD `deleting_at` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `notified_days` integer;