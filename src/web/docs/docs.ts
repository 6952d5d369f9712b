import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import { onlyWhatWorks, PageSession } from './page-session.ts';

document.documentElement.classList.toggle('dark-mode', matchMedia('(prefers-color-scheme: dark)').matches);

const session = new PageSession(document.querySelector('#session') as HTMLElement);
const ui = SwaggerUI({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  filter: true,
  persistAuthorization: false,
  displayRequestDuration: true,
  validatorUrl: null,
  plugins: [onlyWhatWorks],
  requestInterceptor: (request: { headers: Record<string, string> }) => session.without(request),
  responseInterceptor: (response: { url: string; ok: boolean; body?: unknown }) => session.noticed(response),
  onComplete: () => void session.begin(ui.authActions),
});
