import sys

from portal_client import AuthenticatedClient
from portal_client.api.chats import create_chat, get_chat, list_chat_activity
from portal_client.api.monitoring import get_instance
from portal_client.api.users import get_me
from portal_client.models import CreateChatBody

url, token, chat = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)

instance = get_instance.sync(client=client)
me = get_me.sync(client=client)
made = create_chat.sync(client=client, body=CreateChatBody(name="Made by Python"))
shown = get_chat.sync(int(chat), client=client)
activity = list_chat_activity.sync(int(chat), client=client, limit=10)
missing = get_chat.sync(4711, client=client)

methods = " ".join(f"{one.action}/{one.method}" for one in activity.events)
print(", ".join([instance.name, me.username, made.owner.username, str(shown.visibility), methods, str(missing.code)]))
