ALTER TABLE `bots` ADD `name_key` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `bots_name` ON `bots` (`name_key`);--> statement-breakpoint
CREATE INDEX `bots_type` ON `bots` (`bot_type`);--> statement-breakpoint
CREATE INDEX `bots_active` ON `bots` (`is_active`);--> statement-breakpoint
CREATE INDEX `chats_live` ON `chats` (`chat_type`,`visibility`) WHERE deleted_at is null;--> statement-breakpoint
UPDATE `bots` SET `name_key` = lower(`name`);
--> statement-breakpoint
CREATE VIRTUAL TABLE `bot_names` USING fts5(`name_key`, content='bots', content_rowid='id', tokenize='trigram');
--> statement-breakpoint
CREATE TRIGGER `bot_names_insert` AFTER INSERT ON `bots` BEGIN
	INSERT INTO `bot_names` (`rowid`, `name_key`) VALUES (new.`id`, new.`name_key`);
END;
--> statement-breakpoint
CREATE TRIGGER `bot_names_delete` AFTER DELETE ON `bots` BEGIN
	INSERT INTO `bot_names` (`bot_names`, `rowid`, `name_key`) VALUES ('delete', old.`id`, old.`name_key`);
END;
--> statement-breakpoint
CREATE TRIGGER `bot_names_update` AFTER UPDATE OF `name_key` ON `bots` BEGIN
	INSERT INTO `bot_names` (`bot_names`, `rowid`, `name_key`) VALUES ('delete', old.`id`, old.`name_key`);
	INSERT INTO `bot_names` (`rowid`, `name_key`) VALUES (new.`id`, new.`name_key`);
END;
--> statement-breakpoint
INSERT INTO `bot_names` (`bot_names`) VALUES ('rebuild');
