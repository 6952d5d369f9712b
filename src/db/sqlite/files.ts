// The files of a data directory.

export const DATABASE_FILE = 'portal.db';
export const SECRET_FILE = 'secret';
export const DOCKER_NAME_FILE = 'docker-name';
export const BACKUPS_FOLDER = 'backups';
export const CONTROL_SOCKET_FILE = 'control.sock';
export const LOCK_FILE = 'portal.lock';
