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
from socketio.exceptions import SocketIOError

from sealing import b64, open_key, seal, seal_key, unseal

ENDS = {"room:kicked": "You were removed", "session:ended": "The session is over", "over": "Goodbye"}


class Room:
    """One chat: who is in it, its keys, and what is said there. Each `on_…` handles the event of that name."""

    def __init__(self, chat_id, http, socket):
        self.chat_id, self.http, self.socket, self.events = chat_id, http, socket, asyncio.Queue()
        self.secret, self.signer = PrivateKey.generate(), SigningKey.generate()
        self.keys, self.epoch, self.changed = {}, 0, asyncio.Condition()    # the chat's key, by epoch
        self.sessions, self.authors, self.asked = {}, {}, []    # in the list; signing keys ever seen there; who lacks the key
        self.shown, self.waiting, self.said, self.last = set(), [], set(), None
        self.tab, self.count = b64(random(8)), 0

    async def work(self):
        """One event after the other: they build on the answer to the join, and on each other. Returns at the end, with its reason."""
        while True:
            event, payload = await self.events.get()
            handle = getattr(self, "on_" + event.replace(":", "_"), None)
            if not (handle or event in ENDS) or payload.get("chat_id", self.chat_id) != self.chat_id:
                continue
            if not handle:
                return f"{ENDS[event]}: {payload['reason'] or 'no reason given'}"
            try:
                await handle(payload)
            except SocketIOError:
                pass    # the connection was lost, and the next one begins with a join

    def call(self, event, **payload):
        return self.socket.call(event, {"chat_id": self.chat_id, **payload}, timeout=10)

    async def on_connect(self, _):
        """On every connect: joins end with the socket, and the history brings what was missed."""
        answer = await self.call("room:join")
        if not answer["ok"]:
            return self.events.put_nowait(("over", {"reason": answer["error"]}))
        self.me, self.epoch, self.sessions, self.asked = answer["session_id"], answer["epoch"], {}, []
        await self.meet(answer["members"], answer.get("away", []))
        self.user = self.sessions[self.me]["user_id"]
        if answer["key"]:
            await self.on_portal_key_shared({"epoch": self.epoch, **answer["key"]})
        is_more = True
        while is_more:
            after = {"after": self.last} if self.last else {}    # at first, the newest page
            page = await (await self.http.get(f"/v1/portal/chats/{self.chat_id}/history", params=after)).json()
            for entry in page:
                await self.on_message_new(entry)
            is_more = after and len(page) == 100

    async def meet(self, people, away=()):
        """The list shows these. `away`: sessions that have the key while their people are not in the room."""
        here = [{**one, "user_id": person["id"]} for person in people for one in person["sessions"] if one["public_key"]]
        for one in [*here, *away]:
            self.sessions[one["session_id"]] = one
            self.authors.setdefault(one["signing_key"], one["user_id"])
        if any(self.is_listed(one) for one in self.asked):
            await self.share_key()

    def is_listed(self, one):
        return self.sessions.get(one["session_id"], {}).get("public_key") == one["public_key"]

    async def on_room_members(self, event):
        self.sessions = {name: one for name, one in self.sessions.items() if one["user_id"] not in event["left"]}
        await self.meet(event["joined"], event.get("away", []))

    async def on_portal_key_added(self, event):
        await self.meet([], [event])

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
        due = [one for one in self.asked if self.is_listed(one)]
        self.asked = [one for one in self.asked if one not in due]
        seal_for = lambda one: seal_key(self.keys[self.epoch], self.secret, one["public_key"])
        blobs = [{"session_id": one["session_id"], "blob": seal_for(one)} for one in due]
        answer = await self.call("portal:key_share", epoch=self.epoch, keys=blobs)
        if not answer["ok"] and any(one["session_id"] == self.me for one in due):
            del self.keys[self.epoch]    # someone else makes the key
        await self.read_waiting()

    async def on_portal_key_shared(self, event):
        try:
            if self.sessions.get(event["sender_session_id"], {}).get("public_key") != event["sender_public_key"]:
                raise CryptoError("the list does not show the sender")
            self.keys.setdefault(event["epoch"], open_key(event["blob"], self.secret, event["sender_public_key"]))
        except CryptoError:
            await self.call("portal:key_rejected", epoch=event["epoch"])
        await self.read_waiting()

    async def on_message_new(self, entry):
        if entry["id"] in self.shown:
            return
        self.shown.add(entry["id"])
        self.last = entry["id"]
        if entry["type"] == "system":
            print("*", entry["content"])
        else:
            self.waiting.append(entry)
            await self.read_waiting()

    async def read_waiting(self):
        """Shows each message whose key is there."""
        readable = [entry for entry in self.waiting if int(entry["epoch"], 16) in self.keys]
        self.waiting = [entry for entry in self.waiting if entry not in readable]
        for entry in readable:
            print(entry["sender"]["username"] + self.read(entry))
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
        said = {"t": "text", "body": text, "chat": self.chat_id, "user": self.user, "tab": self.tab, "n": self.count}
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.epoch in self.keys)
            content = seal({**said, "epoch": self.epoch}, self.signer, self.keys[self.epoch])
            try:
                answer = await self.call("message:send", content=content)
            except SocketIOError:
                return print("* perhaps not sent, the connection was lost:", text)
            if answer["ok"]:
                return
            if answer["code"] != "ERR_EPOCH_MISMATCH":
                return print("* not sent:", answer["error"])
            self.epoch = max(self.epoch, answer["epoch"])


def speak(room, loop):
    """Sends each line that is typed. In a thread of its own, so that the end does not wait for another line."""
    for line in sys.stdin:
        asyncio.run_coroutine_threadsafe(room.say(line.rstrip("\n")), loop).result()
    loop.call_soon_threadsafe(room.events.put_nowait, ("over", {"reason": "end of input"}))


async def main():
    parser = argparse.ArgumentParser(description="Talk in a chat of Portal.")
    parser.add_argument("url")
    parser.add_argument("--key", required=True, help="the public key of the instance")
    parser.add_argument("--code", required=True, help="a login code")
    parser.add_argument("--chat", required=True, type=int)
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
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
        threading.Thread(target=speak, args=(room, asyncio.get_running_loop()), daemon=True).start()
        print("*", await room.work())
        await socket.disconnect()


asyncio.run(main())
