CREATE VIRTUAL TABLE `user_names` USING fts5(`username_key`, content='users', content_rowid='id', tokenize='trigram');
--> statement-breakpoint
CREATE TRIGGER `user_names_insert` AFTER INSERT ON `users` BEGIN
	INSERT INTO `user_names` (`rowid`, `username_key`) VALUES (new.`id`, new.`username_key`);
END;
--> statement-breakpoint
CREATE TRIGGER `user_names_delete` AFTER DELETE ON `users` BEGIN
	INSERT INTO `user_names` (`user_names`, `rowid`, `username_key`) VALUES ('delete', old.`id`, old.`username_key`);
END;
--> statement-breakpoint
CREATE TRIGGER `user_names_update` AFTER UPDATE OF `username_key` ON `users` BEGIN
	INSERT INTO `user_names` (`user_names`, `rowid`, `username_key`) VALUES ('delete', old.`id`, old.`username_key`);
	INSERT INTO `user_names` (`rowid`, `username_key`) VALUES (new.`id`, new.`username_key`);
END;
--> statement-breakpoint
INSERT INTO `user_names` (`user_names`) VALUES ('rebuild');
