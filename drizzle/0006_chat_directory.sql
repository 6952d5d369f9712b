ALTER TABLE `chats` ADD `search_key` text DEFAULT '' NOT NULL;--> statement-breakpoint
UPDATE `chats` SET `search_key` = lower(`name`) || char(10) || coalesce(`slug`, '');
--> statement-breakpoint
CREATE INDEX `chats_open` ON `chats` (`visibility`,`last_activity_at`,`search_key`) WHERE deleted_at is null and visibility <> 'private';
