export type Size = { width: number; height: number };
/** Who drives. Without a host, nobody. */
export type Host = { has_host: boolean; host_id?: string };
export type Init = { session_id: string; control_host?: Host; screen_size?: Size };
export type Provided = { sdp: string; iceservers?: RTCIceServer[] };
/** An id begins with the user's. */
export type Cursors = { id: string; cursors: { x: number; y: number }[] }[];
export type Ending = { sentence: string; retry: boolean };

/** What comes down the line: n.eko's messages that mean something here, and Portal's own. */
export type Signals = {
  'system/init': Init;
  'signal/provide': Provided;
  'signal/candidate': RTCIceCandidateInit;
  'signal/offer': { sdp: string };
  'signal/restart': { sdp: string };
  'control/host': Host;
  'screen/updated': Size;
  'session/cursors': Cursors;
  'system/heartbeat': unknown;
  'portal/ended': Ending;
};
