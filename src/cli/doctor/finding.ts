/** The result of one check. */
export type Finding = {
  about: string;
  status: 'ok' | 'warning' | 'failure';
  found: string;
  /** What to do about it. */
  advice?: string;
};

export const ok = (about: string, found: string): Finding => ({ about, status: 'ok', found });
export const warning = (about: string, found: string, advice: string): Finding => ({
  about,
  status: 'warning',
  found,
  advice,
});
export const failure = (about: string, found: string, advice: string): Finding => ({
  about,
  status: 'failure',
  found,
  advice,
});
