CREATE TABLE `events` (
	`tenant_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`resource_id` text NOT NULL,
	`member_id` text,
	`at` integer NOT NULL,
	`resource` text NOT NULL,
	`changes` text NOT NULL,
	`cause` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `guards` (
	`credential` integer,
	`target` integer,
	`version` integer,
	`members` integer,
	CONSTRAINT "guard_credential" CHECK("guards"."credential" = 1),
	CONSTRAINT "guard_target" CHECK("guards"."target" = 1),
	CONSTRAINT "guard_version" CHECK("guards"."version" = 1),
	CONSTRAINT "guard_members" CHECK("guards"."members" = 1)
);
--> statement-breakpoint
CREATE TABLE `memberships` (
	`tenant_id` integer NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `team_id`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `memberships_user` ON `memberships` (`tenant_id`,`user_id`);--> statement-breakpoint
CREATE TABLE `teams` (
	`position` integer PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`id` text NOT NULL,
	`name_key` text NOT NULL,
	`attributes` text NOT NULL,
	`search` text NOT NULL,
	`version` integer NOT NULL,
	`operation` text NOT NULL,
	`member_count` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`external_id` text GENERATED ALWAYS AS (json_extract(search, '$.externalId')) VIRTUAL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `teams_id` ON `teams` (`tenant_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `teams_name` ON `teams` (`tenant_id`,`name_key`);--> statement-breakpoint
CREATE INDEX `teams_external_id` ON `teams` (`tenant_id`,`external_id`);--> statement-breakpoint
CREATE INDEX `teams_order` ON `teams` (`tenant_id`);--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`settings` text NOT NULL,
	`revision` integer DEFAULT 1 NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`user_count` integer DEFAULT 0 NOT NULL,
	`team_count` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_slug` ON `tenants` (`slug`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`hash` text NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash` ON `tokens` (`hash`);--> statement-breakpoint
CREATE INDEX `tokens_tenant` ON `tokens` (`tenant_id`);--> statement-breakpoint
CREATE TABLE `user_emails` (
	`tenant_id` integer NOT NULL,
	`value` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `value`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `user_emails_user` ON `user_emails` (`tenant_id`,`user_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`position` integer PRIMARY KEY NOT NULL,
	`tenant_id` integer NOT NULL,
	`id` text NOT NULL,
	`attributes` text NOT NULL,
	`search` text NOT NULL,
	`version` integer NOT NULL,
	`operation` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`user_name` text GENERATED ALWAYS AS (json_extract(search, '$.userName')) VIRTUAL,
	`external_id` text GENERATED ALWAYS AS (json_extract(search, '$.externalId')) VIRTUAL,
	`display_name` text GENERATED ALWAYS AS (json_extract(search, '$.displayName')) VIRTUAL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_id` ON `users` (`tenant_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_user_name` ON `users` (`tenant_id`,`user_name`);--> statement-breakpoint
CREATE INDEX `users_external_id` ON `users` (`tenant_id`,`external_id`);--> statement-breakpoint
CREATE INDEX `users_display_name` ON `users` (`tenant_id`,`display_name`);--> statement-breakpoint
CREATE INDEX `users_order` ON `users` (`tenant_id`);