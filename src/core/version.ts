import manifest from '../../package.json' with { type: 'json' };

export const NAME = 'Portal';
export const VERSION: string = manifest.version;

/** SHA-256 over the sources that a binary was built from; undefined when the sources themselves run. */
export const SOURCE_HASH: string | undefined = process.env.PORTAL_BUILD_SOURCE_HASH;
