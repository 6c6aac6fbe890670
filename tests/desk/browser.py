"""A browser without a screen: opens pages, fills in the forms that it finds there, and checks CSRF as the site does."""

from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client

from tests.cast import Person

Fields = dict[str, list[str]]


class _Forms(HTMLParser):
    """The forms of a page with the fields as they would be sent untouched, and the page's words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Fields] = {}
        self.words: list[str] = []
        self.links: list[str] = []
        self._form: Fields | None = None
        self._is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._is_hidden = tag in ("script", "style")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "form":
            self._form = self.forms.setdefault(given.get("action") or "", {})
        elif self._form is not None and given.get("name"):
            is_choice = given.get("type") in ("checkbox", "radio")
            if tag in ("textarea", "select") or is_choice:
                self._form.setdefault(given["name"] or "", [])
            elif tag in ("input", "button"):
                self._form.setdefault(given["name"] or "", []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._is_hidden = False
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if not self._is_hidden:
            self.words.append(data)


class Browser:
    """Somebody at the desk. `page` is what stands on the screen, `address` where it came from."""

    def __init__(self, person: Person) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(person.user)
        self.address, self.status, self.page, self.forms = "", 0, "", dict[str, Fields]()
        self.links: list[str] = []

    def open(self, address: str) -> "Browser":
        return self._show(address, self.client.get(address, follow=True))

    def send(self, ends_with: str, **values: str | list[str]) -> "Browser":
        """Send the form of this page whose address ends so, with these fields filled in; a field must be there."""
        (address,) = [action for action in self.forms if action.endswith(ends_with)]
        fields = dict(self.forms[address])
        for name, value in values.items():
            assert name in fields, f"the form has no field {name}: {sorted(fields)}"
            fields[name] = value if isinstance(value, list) else [value]
        sent = {name: value for name, value in fields.items() if value}
        return self._show(address, self.client.post(address, sent, follow=True))

    def finalize(self) -> "Browser":
        """From a draft to the dry run of finalizing it and, where nothing is against it, on to the number."""
        assert self.leads_to("/finalize/"), self.page
        self.open(f"{self.address}finalize/")
        return self.send("/finalize/") if self.has_form("/finalize/") else self

    def leads_to(self, ends_with: str) -> bool:
        return any(link.endswith(ends_with) for link in self.links)

    def has_form(self, ends_with: str) -> bool:
        return any(action.endswith(ends_with) for action in self.forms)

    def download(self, address: str) -> bytes:
        response = self.client.get(address)
        assert response.status_code == 200, response.status_code
        return b"".join(response.streaming_content) if response.streaming else response.content

    def _show(self, address: str, response: HttpResponse) -> "Browser":
        chain: list[tuple[str, int]] = getattr(response, "redirect_chain", [])
        self.address, self.status = (chain[-1][0] if chain else address), response.status_code
        found = _Forms()
        found.feed(response.content.decode())
        self.page, self.forms = " ".join(" ".join(found.words).split()), found.forms
        self.links = found.links
        return self
