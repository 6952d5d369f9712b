import type { BunWebSocket } from '@socket.io/bun-engine';
import type { Namespace, Socket } from 'socket.io';
import { Adapter, type Room, type SocketId } from 'socket.io-adapter';
import { connectionOf, webSocketOf } from './engine-internals.ts';
import type { EncodedPacket } from './packet-encoder.ts';

/** The part of Bun's server that broadcasts. */
export type Publisher = { publish(topic: string, data: string | Buffer): number };

/** The engine's own type of a packet that carries one of Socket.IO. */
const ENGINE_MESSAGE = '4';

/** From this number on, sending one by one is cheaper than leaving the topic and rejoining. */
const MANY_EXCEPTIONS = 64;

/**
 * Maps Socket.IO rooms to Bun topics. A packet, encoded once, is handed to Bun once: four times as fast as looping over
 * sockets. WebSockets subscribe; pollers are sent to in a loop. Bun keeps published and direct messages in call order.
 */
export class TopicAdapter extends Adapter {
  declare readonly nsp: Namespace;
  readonly #pollers = new Map<Room, Set<SocketId>>();
  #publisher: Publisher | undefined;

  /** Before this it loops over the sockets. */
  attach(publisher: Publisher): void {
    this.#publisher = publisher;
  }

  /** The sockets currently in a room. */
  socketsIn(room: Room): Socket[] {
    const sockets = [...(this.rooms.get(room) ?? [])].map((id) => this.nsp.sockets.get(id));
    return sockets.filter((socket) => socket !== undefined);
  }

  override addAll(id: SocketId, rooms: Set<Room>): void {
    const isNew = !this.sids.has(id);
    void super.addAll(id, rooms);
    const socket = this.nsp.sockets.get(id);
    if (!socket) return;
    if (isNew) connectionOf(socket).on('upgrade', () => this.#upgraded(id));
    for (const room of rooms) this.#listen(id, room);
  }

  override del(id: SocketId, room: Room): void {
    void super.del(id, room);
    this.#ignore(id, room);
  }

  override delAll(id: SocketId): void {
    for (const room of this.sids.get(id) ?? []) this.#ignore(id, room);
    super.delAll(id);
  }

  /** Sends an encoded packet to every socket in `room` that is not also in `except`. */
  publish(room: Room, packet: EncodedPacket, except?: Room): void {
    const away = except === undefined ? [] : this.#membersOfBoth(room, except);
    if (this.#publisher && away.length <= MANY_EXCEPTIONS) {
      this.#send(this.#publisher, topicOf(room), packet, away);
      this.#write(this.#pollers.get(room), packet, away);
    } else this.#write(this.rooms.get(room), packet, away);
  }

  /** Runs before the engine flushes the poller's buffer, so that buffered packets precede published ones. */
  #upgraded(id: SocketId): void {
    for (const room of this.sids.get(id) ?? []) {
      this.#forgetPoller(id, room);
      this.#listen(id, room);
    }
  }

  #listen(id: SocketId, room: Room): void {
    if (room === id) return;
    const topic = topicOf(room);
    const webSocket = this.#webSocketOf(id);
    if (webSocket) webSocket.subscribe(topic);
    else this.#pollers.set(room, (this.#pollers.get(room) ?? new Set()).add(id));
  }

  #ignore(id: SocketId, room: Room): void {
    this.#webSocketOf(id)?.unsubscribe(topicOf(room));
    this.#forgetPoller(id, room);
  }

  #forgetPoller(id: SocketId, room: Room): void {
    const pollers = this.#pollers.get(room);
    if (pollers?.delete(id) && pollers.size === 0) this.#pollers.delete(room);
  }

  #membersOfBoth(one: Room, other: Room): SocketId[] {
    const members = this.rooms.get(one);
    return [...(this.rooms.get(other) ?? [])].filter((id) => members?.has(id));
  }

  /** Bun picks the recipients during the call, so excepted sockets leave the topic for that moment. */
  #send(publisher: Publisher, topic: string, packet: EncodedPacket, except: SocketId[]): void {
    const away = except.map((id) => this.#webSocketOf(id)).filter((webSocket) => webSocket !== undefined);
    for (const webSocket of away) webSocket.unsubscribe(topic);
    for (const part of packet) publisher.publish(topic, typeof part === 'string' ? `${ENGINE_MESSAGE}${part}` : part);
    for (const webSocket of away) webSocket.subscribe(topic);
  }

  #write(ids: Iterable<SocketId> | undefined, packet: EncodedPacket, except: SocketId[]): void {
    for (const id of ids ?? []) {
      const socket = this.nsp.sockets.get(id);
      if (!socket || except.includes(id)) continue;
      for (const part of packet) connectionOf(socket).write(part);
    }
  }

  #webSocketOf(id: SocketId): BunWebSocket | undefined {
    const socket = this.nsp.sockets.get(id);
    return socket && webSocketOf(connectionOf(socket));
  }
}

function topicOf(room: Room): string {
  return `io:${room}`;
}
