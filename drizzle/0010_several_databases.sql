CREATE TABLE `homes` (
	`slug` text PRIMARY KEY NOT NULL,
	`id` integer NOT NULL,
	`database` text NOT NULL,
	`deleting_at` integer
);
