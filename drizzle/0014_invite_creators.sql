PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_invites` (
	`code` text PRIMARY KEY NOT NULL,
	`chat_id` integer NOT NULL,
	`created_by_id` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	`max_uses` integer,
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`created_by_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
INSERT INTO `__new_invites`("code", "chat_id", "created_by_id", "created_at", "expires_at", "uses", "max_uses") SELECT "code", "chat_id", "created_by_id", "created_at", "expires_at", "uses", "max_uses" FROM `invites`;--> statement-breakpoint
DROP TABLE `invites`;--> statement-breakpoint
ALTER TABLE `__new_invites` RENAME TO `invites`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `invites_chat` ON `invites` (`chat_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `invites_creator` ON `invites` (`created_by_id`);