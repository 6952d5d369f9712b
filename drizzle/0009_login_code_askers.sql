-- One code for an identity from now on. What is pending lives for minutes and can be asked for again.
DELETE FROM `login_codes` WHERE `kind` <> 'console';
--> statement-breakpoint
CREATE TABLE `login_code_askers` (
	`code_id` integer NOT NULL,
	`asker` text NOT NULL,
	PRIMARY KEY(`code_id`, `asker`),
	FOREIGN KEY (`code_id`) REFERENCES `login_codes`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `login_code_askers_asker` ON `login_code_askers` (`asker`);--> statement-breakpoint
DROP INDEX `login_codes_ip`;--> statement-breakpoint
DROP INDEX `login_codes_identity`;--> statement-breakpoint
CREATE UNIQUE INDEX `login_codes_identity` ON `login_codes` (`platform`,`platform_user_id`,`kind`);--> statement-breakpoint
ALTER TABLE `login_codes` DROP COLUMN `ip`;