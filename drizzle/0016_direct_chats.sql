CREATE TABLE `direct_chats` (
	`chat_id` integer PRIMARY KEY NOT NULL,
	`interests` text NOT NULL,
	`born_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `direct_chats_due` ON `direct_chats` (`due_at`);--> statement-breakpoint
CREATE TABLE `direct_participants` (
	`chat_id` integer NOT NULL,
	`number` integer NOT NULL,
	`person` text NOT NULL,
	`session_id` text NOT NULL,
	`alias` text NOT NULL,
	`token_hash` text NOT NULL,
	`country_code` text,
	PRIMARY KEY(`chat_id`, `number`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `direct_participants_person` ON `direct_participants` (`person`);--> statement-breakpoint
CREATE UNIQUE INDEX `direct_participants_token` ON `direct_participants` (`token_hash`);--> statement-breakpoint
CREATE TABLE `chat_session_keys` (
	`chat_id` integer NOT NULL,
	`session_id` text NOT NULL,
	`public_key` text,
	`signing_key` text,
	PRIMARY KEY(`chat_id`, `session_id`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chat_session_keys_session` ON `chat_session_keys` (`session_id`);--> statement-breakpoint
ALTER TABLE `messages` ADD `participant` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `signing_key` text;