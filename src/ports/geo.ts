/** What is known of where an address is, as on the wire; null: unknown. */
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

/** Tells where an address is, from a file on this machine: no address leaves it. */
export type Geo = {
  /** Null for private addresses, and for whatever is not known. */
  find(address: string): Promise<Place | null>;
};
