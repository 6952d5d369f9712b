/** How an attempt to get picture and sound stands. */
export type PeerProgress = {
  /** Bytes that have come of the picture, and of the sound. */
  video: number;
  audio: number;
  frames: number;
  /** How loud it is now, from 0 to 1. */
  loudness: number;
  /** Whether there is a way to the other end at all. */
  isConnected: boolean;
};

export type PeerEnd = {
  answer(sdp: string): void;
  candidate(candidate: RTCIceCandidateInit): void;
  media(stream: MediaStream): void;
  /** The way to the other end has broken, or, if it was never open, none was found. */
  broken(wasOpen: boolean): void;
  /** The data channel is open now, or no longer. */
  channel(isOpen: boolean): void;
  data(data: ArrayBuffer): void;
};

export type Peer = {
  /** Takes an offer: the first, or a new one for the same connection. */
  offer(sdp: string): void;
  candidate(candidate: RTCIceCandidateInit): void;
  send(packet: Uint8Array<ArrayBuffer>): void;
  progress(): Promise<PeerProgress>;
  close(): void;
};

/** One WebRTC connection to the shared browser, which offers; this page only answers. */
export function openPeer(iceServers: RTCIceServer[], end: PeerEnd): Peer {
  const connection = connect(iceServers);
  const stream = new MediaStream();
  let channel: RTCDataChannel | undefined;
  let isClosed = false;
  let wasOpen = false;
  /** Offers and candidates are taken one after the other. */
  let work = Promise.resolve();
  const next = (act: () => Promise<unknown>) => {
    // What cannot be taken is as good as lost on the way: the watch over the picture asks anew.
    work = work
      .then(async () => (isClosed ? undefined : await act()))
      .then(
        () => {},
        () => {},
      );
  };

  connection.addEventListener('track', ({ track }) => {
    stream.addTrack(track);
    end.media(stream);
  });
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate && !isClosed) end.candidate(candidate.toJSON());
  });
  connection.addEventListener('connectionstatechange', () => {
    if (connection.connectionState === 'connected') wasOpen = true;
    if (!isClosed && ['disconnected', 'failed'].includes(connection.connectionState)) end.broken(wasOpen);
  });
  connection.addEventListener('datachannel', (event) => {
    if (event.channel.label !== 'data') return;
    channel = event.channel;
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('message', ({ data }) => {
      if (!isClosed && data instanceof ArrayBuffer) end.data(data);
    });
    const opened = () => !isClosed && end.channel(true);
    if (channel.readyState === 'open') opened();
    else channel.addEventListener('open', opened);
    channel.addEventListener('close', () => {
      if (isClosed) return;
      end.channel(false);
      // The other end has closed the connection, which says so nowhere else.
      end.broken(true);
    });
  });

  return {
    offer: (sdp) =>
      next(async () => {
        await connection.setRemoteDescription({ type: 'offer', sdp });
        const { sdp: answer = '' } = await connection.createAnswer();
        await connection.setLocalDescription({ type: 'answer', sdp: inStereo(answer) });
        if (!isClosed) end.answer(connection.localDescription?.sdp ?? '');
      }),
    candidate: (candidate) => next(() => connection.addIceCandidate(candidate)),
    send(packet) {
      if (channel?.readyState === 'open') channel.send(packet);
    },
    async progress() {
      const at = {
        video: 0,
        audio: 0,
        frames: 0,
        loudness: 0,
        isConnected: connection.connectionState === 'connected',
      };
      for (const stats of (await connection.getStats()).values()) {
        if (stats.type !== 'inbound-rtp') continue;
        at[stats.kind === 'audio' ? 'audio' : 'video'] += stats.bytesReceived ?? 0;
        at.frames += stats.framesDecoded ?? 0;
        at.loudness = Math.max(at.loudness, stats.audioLevel ?? 0);
      }
      return at;
    },
    close() {
      isClosed = true;
      connection.close();
    },
  };
}

/** Without a server whose address the browser cannot read, the direct way may still work. */
function connect(iceServers: RTCIceServer[]): RTCPeerConnection {
  try {
    return new RTCPeerConnection({ iceServers });
  } catch {
    return new RTCPeerConnection();
  }
}

/** Browsers mix what comes down to one channel unless the answer says that both are welcome. */
export function inStereo(sdp: string): string {
  return sdp.replace(/^(a=fmtp:\d+ (?!.*stereo=1).*useinbandfec=1.*?)(\r?)$/gm, '$1;stereo=1$2');
}
