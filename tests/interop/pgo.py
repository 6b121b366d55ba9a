"""A PGO made of the packages medmij-lists and medmij-oauth, both of 2018, against a server of today.

Every field that these packages do not know is added by `added()`, which says so; nothing else of their messages is changed.
"""
import argparse
import asyncio
import html.parser
import pathlib
import sys
import urllib.parse
import uuid
import warnings

import requests
import urllib3.util.connection as connection
from lxml import etree

warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
from medmij_lists import GNL, ZAL, Whitelist  # noqa: E402
from medmij_oauth.client import Client, InMemoryDataStore  # noqa: E402
from medmij_oauth.exceptions import OAuthException  # noqa: E402

PRACTICE, SERVICE, PATIENT = "huisartsdelinde@medmij", "HG-R4", "999990019"
HOST = "dva.dvza.test"


def check(holds, what):
    """One line per thing that was looked at; the first that does not hold ends it."""
    print(f"{'ok  ' if holds else 'FAIL'}  {what}")
    if not holds:
        sys.exit(1)


def added(what):
    print(f"add   {what}")


def resolve(front):
    """The name of the test network leads to this machine, where the front channel has a port of its own."""
    connect = connection.create_connection

    def local(address, *rest, **options):
        host, port = address
        if host != HOST:
            raise OSError(f"{host} is not part of the test network")
        return connect(("127.0.0.1", front if port == 443 else port), *rest, **options)

    connection.create_connection = local


def connection_to(ca):
    """Believes the authority of the test network, whatever the environment says."""
    made = requests.Session()
    made.trust_env, made.verify = False, str(ca)
    return made


class Forms(html.parser.HTMLParser):
    """The forms of a page: address, hidden fields."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append((attrs["action"], {}))
        elif tag == "input" and attrs.get("type") == "hidden" and self.forms:
            self.forms[-1][1][attrs["name"]] = attrs["value"]


class Person:
    """Somebody at a browser, who logs in and consents."""

    def __init__(self, ca):
        self.browser = connection_to(ca)

    def get(self, url):
        return self.follow(self.browser.get(url, allow_redirects=False), url)

    def press(self, page, **fields):
        (action, hidden), *_ = Forms(page.text).forms
        url = urllib.parse.urljoin(page.url, action)
        return self.follow(self.browser.post(url, data={**hidden, **fields}, allow_redirects=False), url)

    def follow(self, answer, url):
        while answer.is_redirect:
            url = urllib.parse.urljoin(url, answer.headers["location"])
            if urllib.parse.urlparse(url).hostname != HOST:
                return url
            answer = self.browser.get(url, allow_redirects=False)
        return answer

    def consent(self, url):
        landing = self.get(url)
        login = self.press(landing, action="login")
        consent = self.press(login, bsn=PATIENT, level="substantieel", action="login")
        return self.press(consent, decision="give")


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--dir", type=pathlib.Path, required=True)
    arguments.add_argument("--front", type=int, required=True)
    arguments = arguments.parse_args()
    resolve(arguments.front)
    folder = arguments.dir / "demo"
    ca = folder / "certs/ca.pem"
    certificate = (str(folder / "certs/pgo.pem"), str(folder / "certs/pgo.key"))
    client_id = "pgo.dvza.test"

    text = (arguments.dir / "lists/MedMij_Zorgaanbiederslijst.xml").read_bytes()
    zal = ZAL(text)
    check(SERVICE in zal[PRACTICE].gegevensdiensten, f"medmij-lists reads the Zorgaanbiederslijst of release 2: {list(zal)}")
    whitelist = Whitelist((arguments.dir / "lists/MedMij_Whitelist.xml").read_bytes())
    check(HOST in whitelist, f"medmij-lists reads the Whitelist: {list(whitelist)}")
    gnl = GNL((folder / "lists/MedMij_Gegevensdienstnamenlijst.xml").read_bytes())
    check(SERVICE in gnl, f"medmij-lists reads the Gegevensdienstnamenlijst: {sorted(gnl)}")

    correlation = str(uuid.uuid4())
    server = connection_to(ca)
    server.cert = certificate

    def ids():
        return {"MedMij-Request-ID": str(uuid.uuid4()), "X-Correlation-ID": correlation}

    async def make_request(url, body):
        added("MedMij-Request-ID and X-Correlation-ID as headers of the token request (core.tknint.208)")
        return server.post(url, data=body, headers=ids()).json()

    async def lists(value):
        return value

    client = Client(
        data_store=InMemoryDataStore(),
        get_zal=lambda: lists(zal),
        get_gnl=lambda: lists(gnl),
        client_info={"client_id": client_id, "redirect_uri": f"https://{client_id}/callback"},
        make_request=make_request,
    )
    session = await client.create_oauth_session(PRACTICE, SERVICE)
    session.scope = PRACTICE.removesuffix("@medmij")
    added(f"scope: the name of the practice ({session.scope}), where the package puts the service ({SERVICE}) (core.authint.200)")
    address = await client.create_auth_request_url(session)
    address += "&" + urllib.parse.urlencode(ids())
    added("MedMij-Request-ID and X-Correlation-ID as parameters of the authorization request (core.authint.200)")
    back = Person(ca).consent(address)
    check(isinstance(back, str) and back.startswith(f"https://{client_id}/callback?"), "the person returns to the PGO")
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(back).query))
    session = await client.handle_auth_response(answer)
    check(session.authorized, "medmij-oauth takes the authorization response, with the state it sent")
    code = session.authorization_code
    session = await client.exchange_authorization_code(session)
    check(bool(session.access_token), "medmij-oauth exchanges the code for an access token")

    namespace = {"z": ZAL.NS}
    path = f"//z:Gegevensdienst[z:GegevensdienstId='{SERVICE}']//z:ResourceEndpointuri"
    endpoint = etree.fromstring(text).xpath(path, namespaces=namespace)[0].text
    added("the ResourceEndpointuri, which medmij-lists does not read, and the two ids as headers (core.rscint.201)")
    bearer = {"Authorization": f"Bearer {session.access_token}", **ids()}
    answer = server.get(f"{endpoint}/Patient", headers={**bearer, "Accept": "application/fhir+json"})
    kinds = [entry["resource"]["resourceType"] for entry in answer.json().get("entry", [])]
    check(answer.status_code == 200 and "Patient" in kinds, f"a FHIR request with that token: {kinds}")

    session.access_token, session.authorization_code = None, code
    try:
        await client.exchange_authorization_code(session)
        check(False, "a code counts once")
    except OAuthException as error:
        check(True, f"a code counts once: {type(error).__name__}")
    # Reuse ends what the code had given (RFC 6749 §4.1.2).
    answer = server.get(f"{endpoint}/Patient", headers={**bearer, **ids()})
    check(answer.status_code == 401, "and its token with it")


asyncio.run(main())
