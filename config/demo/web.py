"""A person at a browser, reduced to what the story needs: log in, fill a form, follow, download.

Forms are read from the page and sent back as a browser would send them, with every hidden field
and every preset choice, so the story exercises the same markup that people use without scripts.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import requests


class PageRefused(Exception):
    """A page answered with an error status, or a form that the story needs is not on it."""


@dataclass
class Form:
    """One form of a page: where it goes and what a browser would send untouched."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    file_fields: list[str] = field(default_factory=list)
    choices: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collect the forms of a page; `choices` keeps (value, words) of every select and radio."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._selected = False
        self._option: tuple[str, bool] | None = None
        self._textarea = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(action=values.get("action", ""), method=values.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None:
            return
        if tag == "input":
            self._input(self._open, values, checked="checked" in values)
        elif tag == "select":
            self._select, self._selected = values.get("name", ""), False
        elif tag == "option" and self._select:
            self._option, self._text = (values.get("value", ""), "selected" in values), ""
        elif tag == "textarea":
            self._textarea, self._text = values.get("name", ""), ""

    @staticmethod
    def _input(form: Form, values: dict[str, str], *, checked: bool) -> None:
        name, kind = values.get("name", ""), values.get("type", "text").lower()
        if not name or kind in ("submit", "button", "image", "reset"):
            return
        if kind == "file":
            form.file_fields.append(name)
        elif kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append((values.get("value", "on"), ""))
            if checked:
                form.fields.setdefault(name, []).append(values.get("value", "on"))
        else:
            form.fields.setdefault(name, []).append(values.get("value", ""))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is None:
            return
        if tag == "option" and self._option:
            value, selected = self._option
            words = " ".join(self._text.split())
            known = self._open.choices.setdefault(self._select, [])
            if selected or not known:
                self._open.fields[self._select] = [value]
            known.append((value, words))
            self._option = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._open.fields.setdefault(self._textarea, []).append(self._text)
            self._textarea = ""
        elif tag == "form":
            self._open = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """A fetched page: its address after redirects, its text, its forms."""

    url: str
    text: str
    forms: list[Form]

    def form(self, *, ending: str = "", having: str = "") -> Form:
        """Return the first form whose address ends with `ending` and that has the field `having`."""
        for form in self.forms:
            names = {*form.fields, *form.file_fields, *form.choices}
            if urljoin(self.url, form.action).endswith(ending) and (not having or having in names):
                return form
        raise PageRefused(f"{self.url} has no form that goes to ...{ending} with the field {having!r}.")


class Browser:
    """One person's session at one base address."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()

    def _page(self, response: requests.Response) -> Page:
        # 422 is a form that came back with words.
        if response.status_code >= 400 and response.status_code != 422:
            raise PageRefused(f"{response.request.method} {response.url} answered {response.status_code}.")
        parser = _Forms()
        parser.feed(response.text)
        return Page(url=response.url, text=response.text, forms=parser.forms)

    def open(self, path: str) -> Page:
        """Fetch a page."""
        return self._page(self.session.get(urljoin(self.base, path), timeout=120))

    def submit(self, page: Page, form: Form, files: dict[str, Path] | None = None, **values: str | list[str]) -> Page:
        """Send a form with its preset fields, `values` over them, and follow to the next page."""
        data = {**form.fields, **{name: [value] if isinstance(value, str) else value for name, value in values.items()}}
        target = urljoin(page.url, form.action) if form.action else page.url
        handles = {name: (path.name, path.read_bytes()) for name, path in (files or {}).items()}
        headers = {"Referer": page.url}
        return self._page(self.session.post(target, data=data, files=handles or None, headers=headers, timeout=300))

    def log_in(self, email: str, password: str) -> Page:
        """Sign in with an address and a password through the sign-in page."""
        page = self.open("/accounts/login/")
        after = self.submit(page, page.form(having="password"), login=email, password=password)
        if "/accounts/login" in after.url:
            raise PageRefused(f"{email} could not sign in.")
        return after

    def download(self, path: str, target: Path) -> Path:
        """Save what an address serves, whole or not at all."""
        response = self.session.get(urljoin(self.base, path), timeout=120)
        if response.status_code != 200:
            raise PageRefused(f"GET {path} answered {response.status_code}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        partial.write_bytes(response.content)
        partial.rename(target)
        return target
