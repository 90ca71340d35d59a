CREATE TABLE `homes` (
	`slug` text PRIMARY KEY NOT NULL,
	`id` integer NOT NULL,
	`database` text NOT NULL,
	`created_at` integer NOT NULL,
	`deleting_at` integer
);
