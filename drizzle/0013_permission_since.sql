-- 0 from now on: the level never changed.
UPDATE `users` SET `permission_since` = 0 WHERE `id` NOT IN (SELECT `user_id` FROM `permission_changes`);
