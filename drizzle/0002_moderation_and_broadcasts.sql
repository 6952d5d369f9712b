CREATE TABLE `broadcasts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`type` text NOT NULL,
	`created_by` integer,
	`created_at` integer NOT NULL,
	`delivered_to` integer DEFAULT 0 NOT NULL,
	`last_user_id` integer NOT NULL
);
--> statement-breakpoint
DROP INDEX `audit_log_event`;--> statement-breakpoint
DROP INDEX `audit_log_entity`;--> statement-breakpoint
DROP INDEX `audit_log_actor`;--> statement-breakpoint
DROP INDEX `audit_log_time`;--> statement-breakpoint
CREATE INDEX `audit_log_kind` ON `audit_log` (`entity_type`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_event` ON `audit_log` (`event_type`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_entity` ON `audit_log` (`entity_type`,`entity_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_actor` ON `audit_log` (`actor_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_time` ON `audit_log` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `punishments_standing` ON `punishments` (`id`) WHERE not is_lifted;--> statement-breakpoint
CREATE INDEX `notifications_unread` ON `notifications` (`user_id`) WHERE read_at is null;