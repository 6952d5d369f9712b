import { GENERATED_FROM, liveReference } from '../../src/app/live/live-page.ts';
import { testPortal } from './portal.ts';

const PAGE = new URL('../../docs/live.md', import.meta.url);

/** `docs/live.md` as it must be: what was written, and the reference that is made from the schemas. */
export async function livePage(document: object): Promise<{ written: string; wanted: string }> {
  const written = await Bun.file(PAGE).text();
  const [head = ''] = written.split(GENERATED_FROM);
  return { written, wanted: `${head}${GENERATED_FROM}\n\n${liveReference(document)}\n` };
}

if (import.meta.main) {
  await using portal = await testPortal();
  await Bun.write(PAGE, (await livePage(portal.http.asyncApi())).wanted);
}
