# A user's program as the documents describe it: it joins on each connect, and leaves the rest to python-socketio.
import json
import sys

import socketio

given = json.loads(sys.argv[1])
chat = given["chat"]
client = socketio.Client(reconnection_delay=given.get("reconnectionDelay", 1000) / 1000)


def say(**what):
    # In one piece: each handler runs in a thread of its own.
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


@client.event
def connect():
    answer = client.call("room:join", {"chat_id": chat})
    say(event="joined") if answer["ok"] else say(event="refused", error=answer["error"])


@client.event
def connect_error(error=None):
    say(event="failed", error=str(error))


@client.event
def disconnect(reason):
    say(event="dropped", reason=reason)


@client.on("message:new")
def message_new(entry):
    if entry["type"] == "user":
        say(event="heard", content=entry["content"])


client.connect(given["url"], auth={"token": given["token"]}, transports=given.get("transports"), retry=True)
for line in sys.stdin:
    content = line.rstrip("\n")

    def answered(answer, content=content):
        say(event="sent", content=content) if answer["ok"] else say(event="refused", error=answer["error"])

    try:
        client.emit("message:send", {"chat_id": chat, "content": content}, callback=answered)
    except socketio.exceptions.BadNamespaceError:
        say(event="refused", error="not connected")
