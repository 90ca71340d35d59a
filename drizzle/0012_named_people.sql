CREATE TABLE `named_people` (
	`tenant_id` integer NOT NULL,
	`list` text NOT NULL,
	`user_id` text NOT NULL,
	`cause` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `list`, `user_id`)
) WITHOUT ROWID;
