/** One line of the final table. `ok` is undefined for a yardstick, which has no target. */
export type Finding = { what: string; target: string; value: string; ok: boolean | undefined };
