import { describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeOf } from '../../src/adapters/geo/geo-record.ts';
import { MmdbGeo } from '../../src/adapters/geo/mmdb-geo.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { isPublicAddress } from '../../src/core/addresses.ts';
import { type Logger, silentLogger } from '../../src/core/logger.ts';

const NOTHING = {
  city: null,
  region_name: null,
  country_code: null,
  lat: null,
  lon: null,
  isp: null,
  org: null,
  is_mobile: null,
  is_proxy: null,
  is_hosting: null,
};

describe('the database that comes with the program', () => {
  const geo = new MmdbGeo({ path: undefined, logger: silentLogger });

  test('knows countries, and says so of what it does not know', async () => {
    expect(await geo.find('8.8.8.8')).toEqual({ ...NOTHING, country_code: 'US' });
    expect(await geo.find('2001:4860:4860::8888')).toEqual({ ...NOTHING, country_code: 'US' });
    expect((await geo.find('193.0.6.139'))?.country_code).toBe('NL');
  });

  test('takes an IPv4 address in the form of IPv6 for what it is', async () => {
    expect(await geo.find('::ffff:8.8.8.8')).toEqual({ ...NOTHING, country_code: 'US' });
    expect(await geo.find('::ffff:10.0.0.1')).toBeNull();
  });

  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.178.2',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'unknown',
    '',
  ])('knows no place of %p', async (address) => {
    expect(isPublicAddress(address)).toBe(false);
    expect(await geo.find(address)).toBeNull();
  });
});

test('records of other makers come out in the same shape', () => {
  const maxMind = {
    city: { names: { en: 'Boston', de: 'Boston' } },
    subdivisions: [{ names: { en: 'Massachusetts' } }],
    country: { iso_code: 'US' },
    location: { latitude: 42.36, longitude: -71.06 },
    traits: { isp: 'An ISP', organization: 'An organisation', connection_type: 'Cellular', is_anonymous_proxy: false },
  };
  expect(placeOf(maxMind)).toEqual({
    city: 'Boston',
    region_name: 'Massachusetts',
    country_code: 'US',
    lat: 42.36,
    lon: -71.06,
    isp: 'An ISP',
    org: 'An organisation',
    is_mobile: true,
    is_proxy: false,
    is_hosting: null,
  });
  const flat = { city: 'Boston', state1: 'Massachusetts', country_code: 'US', latitude: '42.36', longitude: '-71.06' };
  expect(placeOf(flat)).toEqual({
    ...NOTHING,
    city: 'Boston',
    region_name: 'Massachusetts',
    country_code: 'US',
    lat: 42.36,
    lon: -71.06,
  });
});

describe('PORTAL_GEO_DATABASE', () => {
  const BUNDLED = join(
    import.meta.dir,
    '../../node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb',
  );

  test('names a database of one’s own', async () => {
    expect(existsSync(BUNDLED)).toBe(true);
    const { config } = loadConfig({ PORTAL_GEO_DATABASE: BUNDLED });
    const geo = new MmdbGeo({ path: config.geo.database, logger: silentLogger });
    expect((await geo.find('8.8.8.8'))?.country_code).toBe('US');
  });

  test('is a mistake when there is no such file, or it is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-geo-'));
    const text = join(folder, 'text.mmdb');
    writeFileSync(text, 'no database');
    const says = 'PORTAL_GEO_DATABASE must be the path of a MaxMind database file';
    for (const path of [text, join(folder, 'missing.mmdb'), folder])
      expect(() => loadConfig({ PORTAL_GEO_DATABASE: path })).toThrow(says);
    rmSync(folder, { recursive: true });
  });

  test('that is damaged after the start costs places, not answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-geo-'));
    const path = join(folder, 'damaged.mmdb');
    writeFileSync(path, 'no database');
    const errors: string[] = [];
    const logger: Logger = { ...silentLogger, error: (message) => errors.push(message) };
    const geo = new MmdbGeo({ path, logger });
    expect(await geo.find('8.8.8.8')).toBeNull();
    expect(await geo.find('9.9.9.9')).toBeNull();
    expect(errors).toEqual(['the geo database cannot be read']);
    rmSync(folder, { recursive: true });
  });
});
