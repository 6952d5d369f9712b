PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_messages` (
	`chat_id` integer NOT NULL,
	`ms` integer NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`user_id` integer,
	`permission_level` integer NOT NULL,
	`epoch` integer NOT NULL,
	`content` text NOT NULL,
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `__new_messages`("chat_id", "ms", "seq", "type", "user_id", "permission_level", "epoch", "content") SELECT "chat_id", "ms", "seq", "type", "user_id", "permission_level", "epoch", "content" FROM `messages`;--> statement-breakpoint
DROP TABLE `messages`;--> statement-breakpoint
ALTER TABLE `__new_messages` RENAME TO `messages`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `messages_id` ON `messages` (`chat_id`,`ms`,`seq`,`user_id`);