/** One thing that an operator may set. The table of these makes validation, `portal config` and the docs. */
export type Setting<T = unknown> = {
  /** The environment variable. */
  env: `PORTAL_${string}`;
  /** What it does, in a sentence or two. */
  doc: string;
  /** Reads the text. Throws a sentence that continues "PORTAL_X …". */
  read: (text: string) => T;
  default: T;
  /** Never printed, and readable from a file by `PORTAL_X_FILE`. */
  isSecret: boolean;
  /** How the default reads in the docs, where it is not plain. */
  defaultDoc?: string;
};

type Options<T> = Pick<Setting<T>, 'env' | 'doc' | 'read' | 'default'> & { isSecret?: boolean; defaultDoc?: string };

export function setting<T>({ isSecret = false, ...rest }: Options<T>): Setting<T> {
  return { ...rest, isSecret };
}
