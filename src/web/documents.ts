/** Documents that an instance serves as pages, by their path under `/docs/`. The navigation has them in this order, by their titles. */
export const DOCUMENTS = {
  clients: 'docs/api.md',
  live: 'docs/live.md',
  sealing: 'docs/sealing.md',
  threats: 'docs/threat-model.md',
  security: 'SECURITY.md',
} as const;

/** Files that the documents refer to, served as they are. */
export const DOCUMENT_FILES = {
  'vectors.json': 'tests/vectors/e2ee.json',
  'client.py': 'examples/python/client.py',
  'sealing.py': 'examples/python/sealing.py',
  'requirements.txt': 'examples/python/requirements.txt',
} as const;

/** What the pages of the documents are made from. */
export const DOCUMENT_TEMPLATE = 'docs/document.html';
