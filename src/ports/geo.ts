/** The location of an address, as on the wire. Null fields are unknown. */
export type Place = {
  city: string | null;
  region_name: string | null;
  country_code: string | null;
  lat: number | null;
  lon: number | null;
  isp: string | null;
  org: string | null;
  is_mobile: boolean | null;
  is_proxy: boolean | null;
  is_hosting: boolean | null;
};

/** Locates addresses with a file on this machine: no address leaves it. */
export type Geo = {
  /** Null for private and unknown addresses. */
  find(address: string): Promise<Place | null>;
};
