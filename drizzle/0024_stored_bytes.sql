ALTER TABLE `tenants` ADD `directory_bytes` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `log_bytes` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `counted_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `full` integer DEFAULT false NOT NULL;