declare module '*.mmdb' {
  /** Where the file lies, in the tree or in the binary. */
  const path: string;
  export default path;
}
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  export default function SwaggerUI(options: Record<string, unknown>): {
    authActions: { authorize(given: Record<string, object>): void; logout(names: readonly string[]): void };
  };
}
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { headers: Record<string, string | undefined> });
    /** The best of those available; among equals the one that `preferred` names first. */
    encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
  }
}
