/** One line of the table at the end. `ok` is undefined for what has no target and is there to compare with. */
export type Finding = { what: string; target: string; value: string; ok: boolean | undefined };
