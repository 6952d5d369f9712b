DROP INDEX `punishments_end`;--> statement-breakpoint
DROP INDEX `punishments_standing`;--> statement-breakpoint
CREATE INDEX `punishments_standing_type` ON `punishments` (`action_type`,`id`,`expires_at`,`is_lifted`) WHERE not is_lifted and action_type <> 'CHAT_KICK';--> statement-breakpoint
CREATE INDEX `punishments_standing` ON `punishments` (`id`,`expires_at`,`action_type`,`is_lifted`) WHERE not is_lifted and action_type <> 'CHAT_KICK';--> statement-breakpoint
CREATE INDEX `sessions_ended` ON `sessions` (`ended_at`) WHERE ended_at is not null;