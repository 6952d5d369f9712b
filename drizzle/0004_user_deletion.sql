ALTER TABLE `users` ADD `deleted_at` integer;--> statement-breakpoint
CREATE INDEX `users_tier_id` ON `users` (`subscription_tier`,`id`);--> statement-breakpoint
CREATE INDEX `users_state_id` ON `users` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `users_deleted` ON `users` (`deleted_at`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `chat_visits_open` ON `chat_visits` (`left_at`) WHERE left_at is null;--> statement-breakpoint
DROP INDEX `chats_deleted`;--> statement-breakpoint
CREATE INDEX `chats_deleted` ON `chats` (`deleted_at`) WHERE deleted_at is not null;