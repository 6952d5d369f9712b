import { readFile } from 'node:fs/promises';
import embedded from '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb' with { type: 'file' };
import { Reader, type Response } from 'mmdb-lib';
import { isPublicAddress, plainAddress } from '../../core/addresses.ts';
import type { Logger } from '../../core/logger.ts';
import type { Geo, Place } from '../../ports/geo.ts';
import { type GeoRecord, placeOf } from './geo-record.ts';

type Options = {
  /** A more detailed database than the bundled one, which knows only countries. */
  path: string | undefined;
  logger: Logger;
};

/** Locations from a MaxMind database file, read on first use. */
export class MmdbGeo implements Geo {
  readonly #path: string;
  readonly #logger: Logger;
  #reader: Promise<Reader<Response> | undefined> | undefined;

  constructor({ path = embedded, logger }: Options) {
    this.#path = path;
    this.#logger = logger;
  }

  async find(address: string): Promise<Place | null> {
    const plain = plainAddress(address);
    if (!isPublicAddress(plain)) return null;
    this.#reader ??= this.#open();
    const reader = await this.#reader;
    const record = reader?.get(plain) as GeoRecord | null | undefined;
    return record ? placeOf(record) : null;
  }

  /** A file damaged after the start costs locations, not responses. */
  async #open(): Promise<Reader<Response> | undefined> {
    try {
      return new Reader<Response>(await readFile(this.#path));
    } catch (error) {
      this.#logger.error('the geo database cannot be read', { error });
      return undefined;
    }
  }
}
