import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

document.documentElement.classList.toggle('dark-mode', matchMedia('(prefers-color-scheme: dark)').matches);
SwaggerUI({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  filter: true,
  persistAuthorization: false,
  displayRequestDuration: true,
  validatorUrl: null,
});
