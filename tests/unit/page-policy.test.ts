import { describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { addHeaders } from '../../src/http/headers.ts';
import { type PagePolicy, pageHeaders, pagePlugin } from '../../src/http/page-policy.ts';
import { type RequestContext, setContext } from '../../src/http/request-context.ts';

const html = () => new Response('<p>', { headers: { 'content-type': 'text/html; charset=utf-8' } });

/** The headers by which browsers judge the answer of a route with this policy. */
async function judged(policy: PagePolicy | undefined, answer: () => Response) {
  const app = new Elysia().use(pagePlugin()).get('/', answer, policy ? { page: policy } : {});
  const request = new Request('http://localhost/');
  const context: RequestContext = { correlationId: 'x', ip: '::1', beganMs: 0 };
  setContext(request, context);
  const response = await app.handle(request);
  addHeaders(response, context, {});
  const policyText = response.headers.get('content-security-policy') ?? '';
  const directives = Object.fromEntries(policyText.split('; ').map((line) => line.split(/ (.*)/).slice(0, 2)));
  return { frames: response.headers.get('x-frame-options'), directives: directives as Record<string, string> };
}

describe('a page', () => {
  test('that says nothing loads scripts, styles and pictures of its own, and stands in no frame', async () => {
    expect(await judged(undefined, html)).toEqual({
      frames: 'DENY',
      directives: {
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
      },
    });
  });

  test('may be framed by its own origin, or load a picture that its script has made, when its route says so', async () => {
    const framed = await judged({ framedBy: "'self'" }, html);
    expect([framed.frames, framed.directives['frame-ancestors']]).toEqual(['SAMEORIGIN', "'self'"]);
    expect(framed.directives['img-src']).toBe("'self' data:");
    const viewer = await judged({ loads: { 'img-src': ['blob:'], 'font-src': ["'self'"] } }, html);
    expect(viewer.directives).toMatchObject({ 'img-src': "'self' data: blob:", 'font-src': "'self'" });
    expect([viewer.frames, viewer.directives['frame-ancestors']]).toEqual(['DENY', "'none'"]);
  });

  test('may forbid its own code to make markup of text', async () => {
    const { directives } = await judged({ trustedTypes: 'none' }, html);
    expect(directives).toMatchObject({ 'require-trusted-types-for': "'script'", 'trusted-types': "'none'" });
  });

  test('opens nothing for other pages', async () => {
    await judged({ framedBy: "'self'", loads: { 'img-src': ['blob:'] } }, html);
    expect(pageHeaders()).toEqual(pageHeaders({}));
    expect((await judged({}, html)).directives['img-src']).toBe("'self' data:");
  });
});

test('what is no page may load nothing and stands in no frame, whatever its route says of pages', async () => {
  const policy: PagePolicy = { framedBy: "'self'", loads: { 'img-src': ['blob:'] } };
  for (const answer of [() => Response.json({}), () => new Response('<p>'), () => new Response(null)])
    expect(await judged(policy, answer)).toEqual({
      frames: 'DENY',
      directives: { 'default-src': "'none'", 'frame-ancestors': "'none'" },
    });
});
