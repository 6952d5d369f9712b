CREATE TABLE `announcements` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`type` text NOT NULL,
	`created_by` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE INDEX `announcements_expiry` ON `announcements` (`expires_at`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`entity_type` text NOT NULL,
	`entity_id` text,
	`event_type` text NOT NULL,
	`actor_id` integer,
	`event_metadata` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_log_event` ON `audit_log` (`event_type`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_entity` ON `audit_log` (`entity_type`,`entity_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_actor` ON `audit_log` (`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_time` ON `audit_log` (`created_at`);--> statement-breakpoint
CREATE TABLE `login_codes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`code_hash` text NOT NULL,
	`nonce` text NOT NULL,
	`platform` text,
	`platform_user_id` text,
	`user_id` integer,
	`ip` text,
	`platform_username` text,
	`platform_avatar_url` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `login_codes_code_hash_unique` ON `login_codes` (`code_hash`);--> statement-breakpoint
CREATE INDEX `login_codes_identity` ON `login_codes` (`platform`,`platform_user_id`);--> statement-breakpoint
CREATE INDEX `login_codes_user` ON `login_codes` (`user_id`);--> statement-breakpoint
CREATE INDEX `login_codes_ip` ON `login_codes` (`ip`);--> statement-breakpoint
CREATE INDEX `login_codes_expiry` ON `login_codes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `bot_command_uses` (
	`bot_id` integer NOT NULL,
	`day` text NOT NULL,
	`command` text NOT NULL,
	`uses` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `day`, `command`),
	FOREIGN KEY (`bot_id`) REFERENCES `bots`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `bots` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`owner_id` integer NOT NULL,
	`platform` text NOT NULL,
	`bot_type` integer DEFAULT 3 NOT NULL,
	`is_active` integer DEFAULT true NOT NULL,
	`rate_limit_per_hour` integer NOT NULL,
	`key_hash` text NOT NULL,
	`groups` integer DEFAULT 0 NOT NULL,
	`users` integer DEFAULT 0 NOT NULL,
	`latency_ms` integer DEFAULT 0 NOT NULL,
	`avatar_url` text,
	`last_activity_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bots_key_hash_unique` ON `bots` (`key_hash`);--> statement-breakpoint
CREATE INDEX `bots_owner` ON `bots` (`owner_id`);--> statement-breakpoint
CREATE TABLE `chat_activity` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chat_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`action` text NOT NULL,
	`method` text,
	`invite_code` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chat_activity_chat` ON `chat_activity` (`chat_id`,`id`);--> statement-breakpoint
CREATE INDEX `chat_activity_user` ON `chat_activity` (`user_id`);--> statement-breakpoint
CREATE TABLE `chat_bans` (
	`chat_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`banned_by` integer,
	`reason` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	PRIMARY KEY(`chat_id`, `user_id`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chat_bans_user` ON `chat_bans` (`user_id`);--> statement-breakpoint
CREATE TABLE `chat_members` (
	`chat_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`joined_at` integer NOT NULL,
	PRIMARY KEY(`chat_id`, `user_id`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chat_members_user` ON `chat_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `chat_visits` (
	`chat_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`arrived_at` integer NOT NULL,
	`left_at` integer,
	PRIMARY KEY(`chat_id`, `user_id`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chat_visits_user` ON `chat_visits` (`user_id`);--> statement-breakpoint
CREATE TABLE `chats` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chat_type` text NOT NULL,
	`name` text NOT NULL,
	`owner_id` integer,
	`visibility` text NOT NULL,
	`label` text,
	`slug` text,
	`description` text,
	`avatar_source` text,
	`wipe_preset` text,
	`history_visible` integer DEFAULT true NOT NULL,
	`allow_control_requests` integer DEFAULT false NOT NULL,
	`locked_controls` integer DEFAULT false NOT NULL,
	`implicit_hosting` integer DEFAULT false NOT NULL,
	`inactive_cursors` integer DEFAULT false NOT NULL,
	`browser_config` text NOT NULL,
	`archived` integer DEFAULT false NOT NULL,
	`epoch` integer DEFAULT 1 NOT NULL,
	`generator_session_id` text,
	`spoken_epoch` integer DEFAULT 0 NOT NULL,
	`last_ms` integer DEFAULT 0 NOT NULL,
	`last_seq` integer DEFAULT 0 NOT NULL,
	`prev_ms` integer DEFAULT 0 NOT NULL,
	`prev_seq` integer DEFAULT 0 NOT NULL,
	`last_activity_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chats_slug_unique` ON `chats` (`slug`);--> statement-breakpoint
CREATE INDEX `chats_owner` ON `chats` (`owner_id`);--> statement-breakpoint
CREATE INDEX `chats_visibility` ON `chats` (`visibility`);--> statement-breakpoint
CREATE INDEX `chats_deleted` ON `chats` (`deleted_at`);--> statement-breakpoint
CREATE TABLE `key_blobs` (
	`chat_id` integer NOT NULL,
	`epoch` integer NOT NULL,
	`session_id` text NOT NULL,
	`user_id` integer,
	`blob` text NOT NULL,
	`sender_session_id` text NOT NULL,
	`sender_public_key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`chat_id`, `epoch`, `session_id`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `key_blobs_session` ON `key_blobs` (`session_id`);--> statement-breakpoint
CREATE TABLE `instance_facts` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `invites` (
	`code` text PRIMARY KEY NOT NULL,
	`chat_id` integer NOT NULL,
	`created_by_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	`max_uses` integer,
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`created_by_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `invites_chat` ON `invites` (`chat_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `invites_creator` ON `invites` (`created_by_id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`chat_id` integer NOT NULL,
	`ms` integer NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`user_id` integer,
	`permission_level` integer NOT NULL,
	`epoch` integer NOT NULL,
	`content` text NOT NULL,
	PRIMARY KEY(`chat_id`, `ms`, `seq`),
	FOREIGN KEY (`chat_id`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `messages_user` ON `messages` (`user_id`,`chat_id`);--> statement-breakpoint
CREATE TABLE `punishments` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`chat_id` integer,
	`action_type` text NOT NULL,
	`reason` text,
	`issued_by` integer,
	`is_lifted` integer DEFAULT false NOT NULL,
	`expires_at` integer,
	`lifted_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `punishments_user` ON `punishments` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `punishments_chat` ON `punishments` (`chat_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `punishments_issuer` ON `punishments` (`issued_by`,`id`);--> statement-breakpoint
CREATE INDEX `punishments_type` ON `punishments` (`action_type`,`id`);--> statement-breakpoint
CREATE INDEX `punishments_end` ON `punishments` (`expires_at`) WHERE is_lifted = 0;--> statement-breakpoint
CREATE TABLE `notifications` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`type` text NOT NULL,
	`read_at` integer,
	`created_at` integer NOT NULL,
	`created_by` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `notifications_user` ON `notifications` (`user_id`,`id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer,
	`token_hash` text NOT NULL,
	`token_suffix` text NOT NULL,
	`client_ip` text NOT NULL,
	`user_agent` text,
	`public_key` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_token_hash_unique` ON `sessions` (`token_hash`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `sessions_live` ON `sessions` (`expires_at`) WHERE ended_at is null;--> statement-breakpoint
CREATE TABLE `subscription_changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`old_tier` integer NOT NULL,
	`new_tier` integer NOT NULL,
	`reason` text,
	`granted_by_id` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `subscription_changes_user` ON `subscription_changes` (`user_id`,`id`);--> statement-breakpoint
CREATE TABLE `identities` (
	`platform` text NOT NULL,
	`platform_user_id` text NOT NULL,
	`user_id` integer NOT NULL,
	`platform_username` text,
	`platform_avatar_url` text,
	`linked_at` integer NOT NULL,
	`last_authenticated_at` integer,
	`bot_logins` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`platform`, `platform_user_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `identities_user` ON `identities` (`user_id`,`linked_at`);--> statement-breakpoint
CREATE TABLE `permission_changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`old_level` integer NOT NULL,
	`new_level` integer NOT NULL,
	`changed_by_id` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `permission_changes_user` ON `permission_changes` (`user_id`,`id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`username` text NOT NULL,
	`username_key` text NOT NULL,
	`permission_level` integer DEFAULT 0 NOT NULL,
	`permission_since` integer NOT NULL,
	`subscription_tier` integer DEFAULT 0 NOT NULL,
	`subscription_expires_at` integer,
	`subscription_granted_by` integer,
	`state` integer DEFAULT 0 NOT NULL,
	`state_expires_at` integer,
	`avatar_url` text,
	`avatar_source` text,
	`last_activity_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_key_unique` ON `users` (`username_key`);--> statement-breakpoint
CREATE INDEX `users_level` ON `users` (`permission_level`);--> statement-breakpoint
CREATE INDEX `users_tier` ON `users` (`subscription_tier`,`subscription_expires_at`);--> statement-breakpoint
CREATE INDEX `users_state` ON `users` (`state`,`state_expires_at`);