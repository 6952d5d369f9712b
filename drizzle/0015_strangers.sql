CREATE TABLE `stranger_blocks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_id` text,
	`user_id` integer,
	`network` text,
	`reason` text,
	`issued_by_id` integer,
	`created_at` integer NOT NULL,
	`ends_at` integer,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `stranger_blocks_session` ON `stranger_blocks` (`session_id`);--> statement-breakpoint
CREATE INDEX `stranger_blocks_user` ON `stranger_blocks` (`user_id`);--> statement-breakpoint
CREATE INDEX `stranger_blocks_network` ON `stranger_blocks` (`network`);--> statement-breakpoint
CREATE INDEX `stranger_blocks_end` ON `stranger_blocks` (`ends_at`);--> statement-breakpoint
CREATE TABLE `strangers` (
	`session_id` text PRIMARY KEY NOT NULL,
	`signature` text NOT NULL,
	`alias` text NOT NULL,
	`country_code` text,
	`network` text NOT NULL,
	`last_network` text,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `strangers_signature_unique` ON `strangers` (`signature`);--> statement-breakpoint
CREATE INDEX `strangers_network` ON `strangers` (`network`);