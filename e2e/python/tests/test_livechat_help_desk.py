"""A day at a help desk, through ``lc-sdk-python``: with personal access tokens (Basic) and access tokens (Bearer), on v3.5 to v3.7."""

import hashlib
import hmac
import json

import pytest
from livechat.webhooks.parser import parse_webhook

from hallpass.livechat import LivechatApp, done, missing_scopes, receiving, refusal

AGENT = ["chats--access:rw", "customers:rw", "customers.ban:rw", "agents--my:rw", "multicast:rw"]
ADMINISTRATOR = [
    "accounts--all:rc",
    "agents--all:rw",
    "agents-bot--my:rw",
    "chats--all:rw",
    "groups--all:rw",
    "tags--all:rw",
    "webhooks.configuration:rw",
    "webhooks.state:rw",
]

hook = pytest.fixture(receiving)


@pytest.fixture
def desk() -> LivechatApp:
    return LivechatApp.new()


def test_a_day_at_a_help_desk(desk, hook):
    desk.person("ada", "administrator")
    set_up = desk.configuration(desk.access_token("ada", *ADMINISTRATOR))

    # Groups, agents, tags.
    sales = done(set_up.create_group(name="Sales", agent_priorities={"ada": "normal"}))["id"]
    for agent in ("nick", "mia"):
        assert done(set_up.create_agent(id=agent, name=agent.title(), groups=[{"id": sales, "priority": "normal"}])) == {"id": agent}
    nick = desk.chat(desk.pat("nick", *AGENT))
    assert refusal(nick.list_chats())[:2] == (403, "requester_awaiting_approval")
    for agent in ("nick", "mia"):
        desk.person(agent, "normal", sales)
    mia = desk.chat(desk.pat("mia", *AGENT))
    assert done(set_up.create_tag(name="vip", group_ids=[sales])) == {}
    assert [tag["name"] for tag in done(set_up.list_tags())] == ["vip"]

    # A webhook that the SDK's own parser understands.
    webhook = done(set_up.register_webhook(action="incoming_event", secret_key="hush", url=hook.url, type="license", filters={"author_type": "agent"}))["id"]
    done(set_up.enable_license_webhooks())
    assert done(set_up.get_license_webhooks_state()) == {"license_webhooks_enabled": True}
    assert [one["id"] for one in done(set_up.list_webhooks())] == [webhook]

    # Chats.
    for client in (nick, mia):
        assert done(client.set_routing_status(status="accepting_chats")) == {}
    customer = done(desk.chat(desk.pat("nick", *AGENT), "3.5").create_customer(name="Carl", email="carl@example.com"))["customer_id"]
    started = done(nick.start_chat(chat={"users": [{"id": customer, "type": "customer"}], "access": {"group_ids": [sales]}}))
    chat, thread = started["chat_id"], started["thread_id"]
    event = done(nick.send_event(chat_id=chat, event={"type": "message", "text": "Hello, Carl"}))["event_id"]
    headers, body = hook.next()
    expected = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
    assert headers["x-hallpass-signature"] == f"sha256={expected}"
    told = parse_webhook(json.loads(body), "3.6")
    assert (told.webhook_id, told.secret_key, told.action, told.organization_id) == (webhook, "hush", "incoming_event", desk.organization_id)
    assert (told.payload.chat_id, told.payload.thread_id, told.payload.event["id"]) == (chat, thread, event)

    seen = done(mia.get_chat(chat_id=chat))
    assert [(user["id"], user["type"], user["present"]) for user in seen["users"]] == [("nick", "agent", True), (customer, "customer", True)]
    assert [(one["text"], one["visibility"]) for one in seen["thread"]["events"]] == [("Hello, Carl", "all")]
    assert refusal(mia.send_event(chat_id=chat, event={"type": "message", "text": "Me, too"})) == (403, "not_allowed", "Requester is not user of the chat")
    assert done(nick.tag_thread(chat_id=chat, thread_id=thread, tag="vip")) == {}
    assert [row["chats"] for row in [done(mia.list_archives(filters={"tags": {"values": ["vip"]}}))]][0][0]["id"] == chat
    assert done(nick.transfer_chat(id=chat, target={"type": "agent", "ids": ["mia"]})) == {}
    assert done(mia.update_thread_properties(chat_id=chat, thread_id=thread, properties={"rating": {"score": 1}})) == {}
    assert done(mia.multicast(recipients={"agents": {"groups": [sales]}}, content={"lunch": "now"})) == {}

    # A bot helps; its token is bounded, whoever made it.
    bot = done(set_up.create_bot(name="Helper", groups=[{"id": sales, "priority": "first"}]))
    token = done(set_up.issue_bot_token(bot_id=bot["id"], bot_secret=bot["secret"], client_id=desk.client_id, organization_id=desk.organization_id))["token"]
    assert done(mia.add_user_to_chat(chat_id=chat, user_id=bot["id"], user_type="agent", visibility="all")) == {}
    robot = desk.chat(f"Bearer {token}")
    assert done(robot.send_event(chat_id=chat, event={"type": "message", "text": "Your parcel is on its way"}))["event_id"] == f"{thread}_2"
    assert ["agents--all:ro"] in missing_scopes(desk.configuration(f"Bearer {token}").list_agents())

    # A ban, and the end of the day.
    assert done(mia.ban_customer(id=customer, ban={"days": 3})) == {}
    assert done(mia.deactivate_chat(id=chat)) == {}
    assert refusal(mia.send_event(chat_id=chat, event={"type": "message", "text": "?"}))[:2] == (422, "chat_inactive")
    assert refusal(nick.start_chat(chat={"users": [{"id": customer, "type": "customer"}]}))[:2] == (403, "customer_banned")
    assert done(set_up.delete_bot(id=bot["id"])) == {}
    assert refusal(robot.list_chats())[:2] == (401, "authentication")
    assert done(set_up.unregister_webhook(id=webhook)) == {}


def test_a_missing_scope_is_named(desk):
    desk.person("nick", "normal")
    nick = desk.pat("nick", "chats--access:ro")
    assert missing_scopes(desk.chat(nick).start_chat()) == [
        ["chats--all:rw"],
        ["chats--access:rw"],
        ["chats.conversation--all:rw"],
        ["chats.conversation--access:rw"],
        ["chats.conversation--my:rw"],
        ["chats.conversation--all:write"],
        ["chats.conversation--my:write"],
    ]
    assert missing_scopes(desk.configuration(nick).list_webhooks(owner_client_id=desk.client_id))[0] == ["webhooks.configuration:rw"]


def test_all_and_access_differ_by_group(desk):
    for who, role in (("ada", "administrator"), ("nick", "normal")):
        desk.person(who, role)
    admin = desk.configuration(desk.access_token("ada", "groups--all:rw"))
    sales = done(admin.create_group(name="Sales", agent_priorities={"nick": "normal"}))["id"]
    support = done(admin.create_group(name="Support", agent_priorities={}))["id"]
    ada = desk.chat(desk.pat("ada", "chats--all:rw"))
    chats = {group: done(ada.start_chat(chat={"access": {"group_ids": [group]}}))["chat_id"] for group in (sales, support)}
    nick = desk.chat(desk.pat("nick", "chats--access:ro"))
    assert [chat["id"] for chat in done(nick.list_chats())["chats_summary"]] == [chats[sales]]
    assert refusal(nick.get_chat(chat_id=chats[support]))[:2] == (403, "missing_access")
    assert {chat["id"] for chat in done(ada.list_chats())["chats_summary"]} == set(chats.values())


@pytest.mark.parametrize("version", ["3.5", "3.6", "3.7"])
def test_every_version_of_the_sdk_is_served(desk, version):
    desk.person("ada", "administrator")
    chats = desk.chat(desk.pat("ada", "chats--all:rw"), version)
    started = done(chats.start_chat(chat={"thread": {"events": [{"type": "message", "text": "hello"}]}}))
    assert started["event_ids"] == [f"{started['thread_id']}_1"]
    assert done(chats.list_threads(chat_id=started["chat_id"]))["found_threads"] == 1
    assert done(desk.configuration(desk.pat("ada", "agents--all:ro"), version).get_agent(id="ada"))["role"] == "administrator"
