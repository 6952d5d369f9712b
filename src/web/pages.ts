/** All pages by name, each with its HTML. To add a page, add a line here and a route that answers with it. */
export const PAGES = {
  claim: 'claim/claim.html',
  claimed: 'claim/claimed.html',
  docs: 'docs/docs.html',
  refused: 'viewer/refused.html',
  viewer: 'viewer/viewer.html',
} as const;

export type PageName = keyof typeof PAGES;
