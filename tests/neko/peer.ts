import type { IceServer } from './settings.ts';

/** What a peer tells the room. */
export type PeerListener = {
  /** The picture runs. */
  connected(): void;
  /** The connection is over, for whatever reason. Once. */
  closed(): void;
  /** A candidate of the server's. Trickles: some come before the offer is sent. */
  candidate(candidate: object): void;
  /** The data channel is open. */
  open(): void;
  /** A frame of the data channel. */
  data(bytes: Uint8Array): void;
};

/** One viewer's WebRTC connection. */
export type Peer = {
  /** @throws Error when no offer can be made */
  offer(restart: boolean): Promise<string>;
  /** @throws Error for what is no description */
  answer(sdp: string): Promise<void>;
  addCandidate(candidate: unknown): Promise<void>;
  setPaused(paused: boolean): void;
  setSilent(silent: boolean): void;
  /** To the viewer's data channel, if it is open. */
  send(bytes: Uint8Array): void;
  /** The frames that were sent until now. */
  readonly frames: number;
  destroy(): void;
};

/** Makes peers: with a picture over the network, or only as far as the signalling shows. */
export type Media = {
  peer(listener: PeerListener): Peer;
  readonly iceServers: readonly IceServer[];
  close(): void;
};
