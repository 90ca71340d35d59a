ALTER TABLE `clients` ADD `last_call_at` integer;--> statement-breakpoint
ALTER TABLE `clients` ADD `last_call_agent` text;--> statement-breakpoint
-- Until a client calls again, its last use stands for its last call.
UPDATE `clients` SET `last_call_at` = `last_used_at`, `last_call_agent` = `last_agent` WHERE `last_used_at` IS NOT NULL;
