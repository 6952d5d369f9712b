ALTER TABLE `bots` ADD `latency` real;--> statement-breakpoint
UPDATE `bots` SET `latency` = nullif(`latency_ms`, 0);
