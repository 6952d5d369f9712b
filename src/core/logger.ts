export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';
export type LogFields = Record<string, unknown>;

/** Constant message, data in fields. Never bodies, cookies, keys or codes. */
export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void>;

type Options = { level: LogLevel; format: LogFormat; now: () => number; write: (line: string) => void };

/**
 * Writes one record per line. Our own, because common libraries keep global state or start a worker thread, which suits
 * no small binary.
 */
export function createLogger({ level, format, now, write }: Options): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const log =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(at) < lowest) return;
      const time = new Date(now()).toISOString();
      write(format === 'json' ? jsonLine(time, at, message, fields) : textLine(time, at, message, fields));
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return `${JSON.stringify({ time, level, message, ...fields }, readable)}\n`;
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const { error, ...rest } = fields;
  const data = Object.entries(rest).map(([name, value]) => ` ${name}=${plain(value)}`);
  const trace =
    error instanceof Error ? `\n${error.stack ?? error.message}` : error === undefined ? '' : ` error=${plain(error)}`;
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${data.join('')}${trace}\n`;
}

function plain(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@-]+$/.test(value)
    ? value
    : (JSON.stringify(value, readable) ?? 'undefined');
}

function readable(_: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === 'bigint' ? value.toString() : value;
}

/** For tests and for commands whose output is data. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
