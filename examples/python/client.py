"""A client of Portal for the terminal: it signs in, joins a chat, seals what you type, and shows what others say.

    pip install -r requirements.txt
    python client.py https://portal.example.com --key hpub_… --code Zcc3k3rC --chat 1
"""

import argparse
import asyncio
import sys
import threading

import aiohttp
import socketio
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from nacl.utils import random

from sealing import b64, open_key, seal, seal_key, unseal


class Over(Exception):
    """The talk has ended, and why."""


def away_in(event):
    """Those who have the key and are not in the room, in the shape of those who are."""
    return [{"id": one["user_id"], "sessions": [one]} for one in event.get("away", [])]


class Room:
    """One chat: who is in it, its keys, and what is said there. Each `on_…` handles the event of that name."""

    def __init__(self, chat_id, http, socket):
        self.chat_id, self.http, self.socket = chat_id, http, socket
        self.secret, self.signer = PrivateKey.generate(), SigningKey.generate()
        self.keys, self.epoch, self.changed = {}, 0, asyncio.Condition()    # the chat's key, by epoch
        self.sessions, self.authors = {}, {}    # whom the list shows now; whose signing keys it has ever shown
        self.shown, self.waiting, self.said, self.last = set(), [], set(), None
        self.tab, self.count, self.events = b64(random(8)), 0, asyncio.Queue()

    async def work(self):
        """One event after the other: they build on the answer to the join, and on each other."""
        while True:
            event, payload = await self.events.get()
            handle = getattr(self, "on_" + event.replace(":", "_"), None)
            if handle and payload.get("chat_id", self.chat_id) == self.chat_id:
                await handle(payload)

    async def on_connect(self, _):
        """On every connect: joins end with the socket, and the history brings what was missed."""
        answer = await self.socket.call("room:join", {"chat_id": self.chat_id})
        if not answer["ok"]:
            raise Over(answer["error"])
        self.me, self.epoch, self.sessions = answer["session_id"], answer["epoch"], {}
        self.asked = []    # whom to seal for once the list shows them
        await self.meet(answer["members"] + away_in(answer))
        self.user = self.sessions[self.me]["user_id"]
        if answer["key"]:
            await self.on_portal_key_shared({"epoch": self.epoch, **answer["key"]})
        while True:
            after = {"after": self.last} if self.last else {}    # at first, the newest page
            page = await (await self.http.get(f"/v1/portal/chats/{self.chat_id}/history", params=after)).json()
            for entry in page:
                await self.on_message_new(entry)
            if not after or len(page) < 100:
                return

    async def meet(self, people):
        for person in people:
            for one in (one for one in person["sessions"] if one["public_key"]):
                self.sessions[one["session_id"]] = {**one, "user_id": person["id"]}
                self.authors.setdefault(one["signing_key"], person["id"])
        if any(self.is_listed(one) for one in self.asked):
            await self.share_key()

    def is_listed(self, one):
        return self.sessions.get(one["session_id"], {}).get("public_key") == one["public_key"]

    async def on_room_members(self, event):
        self.sessions = {name: one for name, one in self.sessions.items() if one["user_id"] not in event["left"]}
        await self.meet(event["joined"] + away_in(event))

    async def on_portal_key_added(self, event):
        await self.meet([{"id": event["user_id"], "sessions": [event]}])

    async def on_portal_key_removed(self, event):
        self.sessions.pop(event["session_id"], None)

    async def on_room_epoch_changed(self, event):
        self.epoch, self.asked = event["epoch"], []

    async def on_portal_key_request(self, event):
        if event["generate"]:
            self.keys[event["epoch"]] = random(32)
        if event["epoch"] in self.keys:
            self.epoch, self.asked = event["epoch"], event["recipients"]
        await self.share_key()

    async def share_key(self):
        """Seals the key for those whom the list shows with the same key, and for the others once it does."""
        key, due = self.keys.get(self.epoch), [one for one in self.asked if self.is_listed(one)]
        self.asked = [one for one in self.asked if not self.is_listed(one)]
        blobs = [{"session_id": one["session_id"], "blob": seal_key(key, self.secret, one["public_key"])} for one in due]
        share = {"chat_id": self.chat_id, "epoch": self.epoch, "keys": blobs}
        answer = await self.socket.call("portal:key_share", share)
        if not answer["ok"] and any(one["session_id"] == self.me for one in due):
            del self.keys[self.epoch]    # someone else makes the key
        await self.read_waiting()

    async def on_portal_key_shared(self, event):
        sender = self.sessions.get(event["sender_session_id"], {})
        try:
            if sender.get("public_key") != event["sender_public_key"]:
                raise CryptoError("the list does not show the sender")
            self.keys.setdefault(event["epoch"], open_key(event["blob"], self.secret, event["sender_public_key"]))
        except CryptoError:
            await self.socket.call("portal:key_rejected", {"chat_id": self.chat_id, "epoch": event["epoch"]})
        await self.read_waiting()

    async def on_message_new(self, entry):
        if entry["id"] in self.shown:
            return
        self.shown.add(entry["id"])
        self.last = entry["id"]
        if entry["type"] == "system":
            print("*", entry["content"], flush=True)
        else:
            self.waiting.append(entry)
            await self.read_waiting()

    async def read_waiting(self):
        """Shows each message whose key is there."""
        waiting, self.waiting = self.waiting, []
        for entry in waiting:
            if int(entry["epoch"], 16) in self.keys:
                print(entry["sender"]["username"] + self.read(entry), flush=True)
            else:
                self.waiting.append(entry)
        async with self.changed:
            self.changed.notify_all()

    def read(self, entry):
        try:
            said = unseal(entry, self.keys[int(entry["epoch"], 16)])
            if "from" not in said:
                return f" (unsigned): {said['body']}"
            if (said["from"], said["tab"], said["n"]) in self.said:
                raise ValueError("it was said before")
        except (CryptoError, ValueError, KeyError, TypeError) as error:
            return f" (refused): {error}"
        self.said.add((said["from"], said["tab"], said["n"]))
        return f"{'' if self.authors.get(said['from']) == said['user'] else ' (unverified)'}: {said['body']}"

    async def say(self, text):
        """Sends a text; if the chat has another epoch by now, once more with its key."""
        self.count += 1
        answer, n = {"ok": False, "code": "ERR_EPOCH_MISMATCH", "epoch": self.epoch}, self.count
        while not answer["ok"]:
            if answer["code"] != "ERR_EPOCH_MISMATCH":
                return print("* not sent:", answer["error"], flush=True)
            self.epoch = max(self.epoch, answer["epoch"])
            async with self.changed:
                await self.changed.wait_for(lambda: self.epoch in self.keys)
            said = {"t": "text", "body": text, "chat": self.chat_id, "epoch": self.epoch, "user": self.user, "tab": self.tab, "n": n}
            content = seal(said, self.signer, self.keys[self.epoch])
            answer = await self.socket.call("message:send", {"chat_id": self.chat_id, "content": content})

    async def on_room_kicked(self, event):
        raise Over(f"You were removed: {event['reason'] or 'no reason given'}")

    async def on_session_ended(self, event):
        raise Over(f"The session is over: {event['reason']}")

    async def on_end_of_input(self, _):
        raise Over("Goodbye")


async def speak(room):
    """Sends each line that is typed. A thread reads them, so that the end of the talk does not wait for another line."""
    lines, loop = asyncio.Queue(), asyncio.get_running_loop()
    put = lambda line: loop.call_soon_threadsafe(lines.put_nowait, line)
    threading.Thread(target=lambda: [put(line) for line in sys.stdin] + [put(None)], daemon=True).start()
    while (line := await lines.get()) is not None:
        await room.say(line.rstrip("\n"))
    room.events.put_nowait(("end_of_input", {}))


async def main():
    parser = argparse.ArgumentParser(description="Talk in a chat of Portal.")
    parser.add_argument("url")
    parser.add_argument("--key", required=True, help="the public key of the instance")
    parser.add_argument("--code", required=True, help="a login code")
    parser.add_argument("--chat", required=True, type=int)
    given = parser.parse_args()
    async with aiohttp.ClientSession(given.url, raise_for_status=True) as http:
        verified = await http.post("/v1/authentication/verify", json={"code": given.code}, headers={"X-API-Key": given.key})
        token = verified.cookies["psession"].value    # also the bearer token, and the token of the socket
        http.headers["Authorization"] = f"Bearer {token}"
        socket = socketio.AsyncClient()
        room = Room(given.chat, http, socket)
        keys = {"public_key": b64(room.secret.public_key), "signing_key": b64(room.signer.verify_key)}
        await http.post("/v1/portal/keys", json=keys)
        socket.on("connect", lambda: room.events.put_nowait(("connect", {})))
        socket.on("*", lambda event, payload: room.events.put_nowait((event, payload)))
        await socket.connect(given.url, auth={"token": token})
        try:
            await asyncio.gather(room.work(), speak(room))
        except Over as why:
            print("*", why, flush=True)
        await socket.disconnect()


asyncio.run(main())
