"""The OAuth dance with authlib, PKCE on, over TLS. The browser is a plain session that fills in the two forms."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from hallpass.livechat import CA, URL, LivechatApp
from hallpass.server import TIMEOUT_S

BACK = "https://app.example.com/back"


class Dance:
    """One client of an app, and Nick, an agent with the role normal."""

    def __init__(self, *scopes: str):
        self.app = LivechatApp.new()
        self.app.person("nick", "normal")
        body = {"name": "Night shift", "type": "javascript_app", "redirect_uris": [BACK], "scopes": list(scopes)}
        self.client_id = self.app.native("POST", "/clients", body)["client_id"]
        self.verifier = generate_token(48)
        self.metadata = requests.get(f"{URL}/.well-known/oauth-authorization-server", verify=CA, timeout=TIMEOUT_S).json()

    def session(self, scope: str = "") -> OAuth2Session:
        session = OAuth2Session(
            self.client_id,
            redirect_uri=BACK,
            scope=scope or None,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",
            revocation_endpoint_auth_method="none",
        )
        return _trusting(session)

    def consent(self, scope: str) -> requests.Response:
        """Where the browser is after Nick logged in and agreed, or the page that it stopped at."""
        address, self.state = self.session(scope).create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=self.verifier
        )
        held = [one for one in scope.split() if one != "agents--all:rw"]
        pat = self.app.native("POST", "/tokens", {"account_id": "nick", "scopes": held})["pat"]
        browser = _trusting(requests.Session())
        login = browser.get(address, timeout=TIMEOUT_S)
        form = {"step": "login", "ticket": _ticket(login.text), "account_id": "nick", "secret": pat}
        page = browser.post(f"{URL}/v2/authorize", data=form, allow_redirects=False, timeout=TIMEOUT_S)
        if page.status_code != 200:
            return page
        form = {"step": "consent", "ticket": _ticket(page.text), "decision": "allow"}
        return browser.post(f"{URL}/v2/authorize", data=form, allow_redirects=False, timeout=TIMEOUT_S)

    def trade(self, back: str, verifier: str | None = None) -> tuple[OAuth2Session, dict]:
        session = self.session()
        token = session.fetch_token(
            self.metadata["token_endpoint"], authorization_response=back, state=self.state, code_verifier=verifier or self.verifier
        )
        return session, token


def _trusting(session: requests.Session) -> requests.Session:
    """Trusts the server's own certificate. Settings of the environment would go before ``verify``."""
    session.verify = CA
    session.trust_env = False
    return session


def _ticket(page: str) -> str:
    return re.search(r'name="ticket" value="([^"]+)"', page).group(1)


def _status(session: OAuth2Session, method: str) -> int:
    return session.post(f"{URL}/v3.6/configuration/action/{method}", json={}, timeout=TIMEOUT_S).status_code


def test_a_client_gets_what_was_agreed_to_and_refreshes_it():
    dance = Dance("agents--all:ro", "groups--all:ro")
    back = dance.consent("agents--all:ro").headers["location"]
    session, token = dance.trade(back)
    assert (token["scope"], token["account_id"]) == ("agents--all:ro", "nick")
    assert (_status(session, "list_agents"), _status(session, "list_groups")) == (200, 403)
    renewed = session.refresh_token(dance.metadata["token_endpoint"])
    assert renewed["refresh_token"] != token["refresh_token"]
    assert _status(session, "list_agents") == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(dance.metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert _status(session, "list_agents") == 401


def test_a_code_is_good_once_and_with_its_verifier():
    dance = Dance("agents--all:ro")
    back = dance.consent("agents--all:ro").headers["location"]
    with pytest.raises(OAuthError, match="code_verifier"):
        dance.trade(back, generate_token(48))
    dance.trade(back)
    with pytest.raises(OAuthError, match="traded before"):
        dance.trade(back)


def test_a_scope_above_the_role_is_refused():
    dance = Dance("agents--all:ro", "agents--all:rw")
    page = dance.consent("agents--all:ro agents--all:rw")
    assert page.status_code == 403
    link = re.search(r'href="([^"]+)"', page.text).group(1).replace("&amp;", "&")
    told = parse_qs(urlsplit(link).query)
    assert told["error"] == ["invalid_scope"]
    assert told["error_description"] == ["the role normal may not hold agents--all:rw (at least administrator)"]


def test_what_is_revoked_opens_nothing():
    dance = Dance("agents--all:ro")
    session, token = dance.trade(dance.consent("agents--all:ro").headers["location"])
    answer = session.revoke_token(dance.metadata["revocation_endpoint"], token["access_token"])
    assert answer.status_code == 200
    assert _status(session, "list_agents") == 401
