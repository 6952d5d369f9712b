CREATE TABLE `mutes` (
	`user_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`muted_by` integer,
	`reason` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	PRIMARY KEY(`user_id`, `chat_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mutes_chat` ON `mutes` (`chat_id`);--> statement-breakpoint
CREATE INDEX `mutes_end` ON `mutes` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
ALTER TABLE `chat_visits` ADD `since_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chat_visits` ADD `since_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `wipe_at` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `tail_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `tail_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `chats` SET `tail_ms` = `last_ms`, `tail_seq` = `last_seq`;--> statement-breakpoint
ALTER TABLE `chats` ADD `cleared_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `cleared_seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `is_clearing` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `chats_wipe` ON `chats` (`wipe_at`) WHERE wipe_at is not null;--> statement-breakpoint
CREATE INDEX `chats_clearing` ON `chats` (`id`) WHERE is_clearing;--> statement-breakpoint
CREATE INDEX `chat_bans_end` ON `chat_bans` (`expires_at`) WHERE expires_at is not null;