CREATE TABLE `never_pairs` (
	`person_key` text NOT NULL,
	`other_key` text NOT NULL,
	`session_id` text,
	`ends_at` integer,
	PRIMARY KEY(`person_key`, `other_key`),
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `never_pairs_session` ON `never_pairs` (`session_id`);--> statement-breakpoint
CREATE INDEX `never_pairs_end` ON `never_pairs` (`ends_at`) WHERE ends_at is not null;--> statement-breakpoint
CREATE TABLE `reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chat_id` integer NOT NULL,
	`reason` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`reporter` text NOT NULL,
	`reporter_signature` text,
	`reporter_alias` text NOT NULL,
	`reporter_network` text NOT NULL,
	`reported` text NOT NULL,
	`reported_signature` text,
	`reported_alias` text NOT NULL,
	`decided_by_id` integer,
	`decided_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reports_open` ON `reports` (`chat_id`,`reporter`) WHERE state = 'open';--> statement-breakpoint
CREATE INDEX `reports_state` ON `reports` (`state`);--> statement-breakpoint
CREATE INDEX `reports_reporter` ON `reports` (`reporter`,`state`);--> statement-breakpoint
CREATE INDEX `reports_reported` ON `reports` (`reported`,`state`);--> statement-breakpoint
CREATE INDEX `reports_network` ON `reports` (`reporter_network`,`created_at`);--> statement-breakpoint
CREATE INDEX `reports_time` ON `reports` (`created_at`);