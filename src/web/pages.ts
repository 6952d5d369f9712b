/** Every page, by the name under which routes ask for it, and where its HTML is. A new page is a new line here. */
export const PAGES = {
  claim: 'claim/claim.html',
  claimed: 'claim/claimed.html',
  docs: 'docs/docs.html',
} as const;

export type PageName = keyof typeof PAGES;
