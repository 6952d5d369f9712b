import type { Http } from '../../src/app/http.ts';
import { DocumentCheck } from './document-check.ts';

/** One for all portals of a run: what differs between their documents is an address. */
let check: DocumentCheck | undefined;

/** Looks at every answer of these routes. Gives back what refuses to go on when one is not as the OpenAPI document says. */
export function checkAnswers(http: Http): () => void {
  const wrong = new Set<string>();
  const { dispatch } = http;
  http.dispatch = async (request, ip) => {
    const { method, url } = request;
    const response = await dispatch(request, ip);
    const { pathname } = new URL(url);
    check ??= new DocumentCheck(http.openApi());
    if (!check.operationOf(method, pathname) && response.status < 400) return response;
    const text = await response.clone().text();
    for (const line of check.complaints(method, pathname, response, text)) wrong.add(line);
    return response;
  };
  return () => {
    if (wrong.size > 0) throw new Error(`Answers that the OpenAPI document does not know:\n${[...wrong].join('\n')}`);
  };
}
