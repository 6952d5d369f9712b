/** The client library as a whole, for browsers, Node and Bun. */

export type { ClientLifeEvents } from './client-events.ts';
export { decodeBase64, encodeBase64 } from './crypto/base64.ts';
export {
  type Envelope,
  MAX_ENVELOPE_LENGTH,
  openEnvelope,
  openSignedEnvelope,
  parseEnvelope,
  sealEnvelope,
  sealSignedEnvelope,
} from './crypto/envelope.ts';
export { createChatKey, KEY_BLOB_BYTES, openKeyBlob, sealKeyBlob } from './crypto/key-blob.ts';
export { createKeyPair, type KeyPair, keyPairFrom } from './crypto/key-pair.ts';
export type { Plaintext, Statement } from './crypto/plaintext.ts';
export { type RandomBytes, secureRandom } from './crypto/random.ts';
export { formatSafetyNumber, type PublicKeys, safetyNumber } from './crypto/safety-number.ts';
export { SealError, type SealErrorCode } from './crypto/seal-error.ts';
export { createVerifier, deriveSigningPair, type Signed, type SigningPair, signingPairFrom } from './crypto/signing.ts';
export { Emitter, type Listener } from './emitter.ts';
export type * from './events.ts';
export { DEFAULT_TIMING, type Timing } from './link/timing.ts';
export { DirectRoom } from './match/direct-room.ts';
export { type FindOptions, Match, type MatchEvents } from './match/match.ts';
export { type JoinOptions, PortalClient, type PortalClientOptions } from './portal-client.ts';
export * from './rest.ts';
export { RoomBrowser, type RoomBrowserEvents } from './room/browser.ts';
export { BrowserControl } from './room/browser-control.ts';
export { ChatRoom } from './room/chat-room.ts';
export type { BrowserFrame, FrameListener } from './room/frame-feed.ts';
export { indexedDbStorage } from './room/indexed-db-storage.ts';
export { Keyring } from './room/keyring.ts';
export type { KeyChange, Listed, SessionAdded } from './room/member-list.ts';
export { compareMessageIds } from './room/message-id.ts';
export type { RoomEvents, RoomState } from './room/room-events.ts';
export type { Authorship, MessageState, RoomMessage } from './room/room-message.ts';
export type { Who } from './room/room-people.ts';
export type { KeyStorage, StoredKeys } from './room/stored-keys.ts';
export { Trust, type TrustLevel } from './room/trust.ts';
export type { Refusal, RefusedKey, RefusedMessage, Withheld } from './room/trust-events.ts';
