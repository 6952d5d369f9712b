import type { Place } from '../../ports/geo.ts';

/** The record formats of several vendors. MaxMind nests its fields, others keep them flat. */
export type GeoRecord = {
  city?: string | { names?: Record<string, string> };
  country?: { iso_code?: string };
  country_code?: string;
  subdivisions?: { names?: Record<string, string> }[];
  state1?: string;
  location?: { latitude?: number; longitude?: number };
  latitude?: number | string;
  longitude?: number | string;
  traits?: Traits;
} & Traits;

type Traits = {
  isp?: string;
  organization?: string;
  autonomous_system_organization?: string;
  connection_type?: string;
  is_anonymous_proxy?: boolean;
  is_anonymous_vpn?: boolean;
  is_anonymous?: boolean;
  is_hosting_provider?: boolean;
};

/** Converts a record to the program's own fields. */
export function placeOf(record: GeoRecord): Place {
  const { city, country, subdivisions, location } = record;
  const traits: Traits = { ...record, ...record.traits };
  const connection = traits.connection_type;
  return {
    city: textOf(typeof city === 'object' ? city.names?.en : city),
    region_name: textOf(subdivisions?.[0]?.names?.en ?? record.state1),
    country_code: textOf(country?.iso_code ?? record.country_code),
    lat: numberOf(location?.latitude ?? record.latitude),
    lon: numberOf(location?.longitude ?? record.longitude),
    isp: textOf(traits.isp ?? traits.autonomous_system_organization),
    org: textOf(traits.organization ?? traits.autonomous_system_organization),
    is_mobile: connection === undefined ? null : connection === 'Cellular',
    is_proxy: traits.is_anonymous_proxy ?? traits.is_anonymous_vpn ?? traits.is_anonymous ?? null,
    is_hosting: traits.is_hosting_provider ?? null,
  };
}

function textOf(value: string | undefined): string | null {
  return value || null;
}

function numberOf(value: number | string | undefined): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
