/** A setting. Validation, `portal config` and the docs are made from the table of these. */
export type Setting<T = unknown> = {
  /** The environment variable. */
  env: `PORTAL_${string}`;
  /** What it does, in a sentence or two. */
  doc: string;
  /** Parses the text. Throws a message that continues "PORTAL_X …". */
  read: (text: string) => T;
  default: T;
  /** Masked wherever it is printed; can be read from a file by `PORTAL_X_FILE`. */
  isSecret: boolean;
  /** The default in words, where its value says too little. */
  defaultDoc?: string;
  /** A variable that other programs use for the same. It counts when this one is unset, and when it can be read. */
  otherEnv?: string;
};

type Options<T> = Pick<Setting<T>, 'env' | 'doc' | 'read' | 'default'> &
  Partial<Pick<Setting<T>, 'isSecret' | 'defaultDoc' | 'otherEnv'>>;

export function setting<T>({ isSecret = false, ...rest }: Options<T>): Setting<T> {
  return { ...rest, isSecret };
}
