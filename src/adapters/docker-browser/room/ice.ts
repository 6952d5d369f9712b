import { createHmac } from 'node:crypto';
import { HOUR_MS, SECOND_MS } from '../../../core/durations.ts';

/** A STUN or TURN server for viewers. With a `secret`, each viewer gets credentials of their own, for 12 hours. */
export type IceEntry = {
  urls: readonly string[];
  username?: string | undefined;
  credential?: string | undefined;
  secret?: string | undefined;
};

/** As `RTCPeerConnection` takes it. */
export type ViewerIceServer = { urls: readonly string[]; username?: string; credential?: string };

const LASTS_MS = 12 * HOUR_MS;

/**
 * The STUN and TURN servers for one viewer. Those with a secret get credentials of the viewer's own, as TURN servers know them: a name
 * that says when it ends, and its HMAC. The secret stays here.
 */
export function iceServersFor(entries: readonly IceEntry[], userId: number, now: number): ViewerIceServer[] {
  return entries.map(({ urls, username, credential, secret }) => {
    if (secret !== undefined) {
      const name = `${Math.floor((now + LASTS_MS) / SECOND_MS)}:${userId}`;
      return { urls, username: name, credential: createHmac('sha1', secret).update(name).digest('base64') };
    }
    return {
      urls,
      ...(username === undefined ? {} : { username }),
      ...(credential === undefined ? {} : { credential }),
    };
  });
}
