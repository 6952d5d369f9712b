/** Two people were paired. `waitedMs`: how long each had searched. */
export type MatchEvent = { name: 'match.paired'; waitedMs: readonly number[] };
