"""How the frame of the vendor's desk looks and what its side bar offers; the pages are the apps' own."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

BASE = {
    "50": "#f5f7f7", "100": "#eaeeef", "200": "#d8dfe1", "300": "#bcc7cb", "400": "#9aa8af", "500": "#748188",
    "600": "#5a6870", "700": "#42515a", "800": "#212c32", "900": "#11181c", "950": "#0b1013",
}  # fmt: skip
PRIMARY = {
    "50": "#eff7f8", "100": "#e3f0f2", "200": "#b9d9df", "300": "#a3dfea", "400": "#72c7d8", "500": "#2d8ba1",
    "600": "#0b5c70", "700": "#08434f", "800": "#14333b", "900": "#0c2930", "950": "#07242b",
}  # fmt: skip
# The frame's quiet words stand on the gray of the side bar: one step darker than its own choice, for contrast.
FONT = {
    "subtle-light": "var(--color-base-600)", "subtle-dark": "var(--color-base-400)",
    "default-light": "var(--color-base-600)", "default-dark": "var(--color-base-300)",
    "important-light": "var(--color-base-900)", "important-dark": "var(--color-base-100)",
}  # fmt: skip


def _page(title: str, icon: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Rollcall",
    "SITE_HEADER": "Rollcall",
    "SITE_SUBHEADER": "the vendor's desk",
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("icon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("icon.svg")},
    ],
    "STYLES": [lambda request: static("desk.css")],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "4px",
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": reverse_lazy("mfa_index")}]},
    "COLORS": {"base": BASE, "primary": PRIMARY, "font": FONT},
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": "Work",
                "items": [
                    _page("Today", "today", "desk:today"),
                    _page("Close", "fact_check", "desk:close"),
                    _page("Days received", "calendar_month", "desk:coverage"),
                    {**_page("Reconcile", "balance", "desk:reconcile"), "badge": "billing.admin.reconcile.badge"},
                    _page("Quarantined rows", "rule", "desk_usage:waiting"),
                    _page("Reports to decide", "gavel", "desk_usage:to_decide"),
                    _page("Recalled reporters", "report", "desk:recalls"),
                    {**_page("True-ups", "compare_arrows", "desk:true_ups"), "badge": "billing.admin.true_ups.badge"},
                    _page("True-ups to come", "event", "desk:true_up_calendar"),
                ],
            },
            {
                "title": "Records",
                "items": [
                    _page("Invoices", "receipt_long", "admin:billing_invoice_changelist"),
                    _page("Open balances", "account_balance_wallet", "admin:billing_openbalance_changelist"),
                    _page("Periods", "date_range", "admin:billing_billingperiod_changelist"),
                    _page("Customers", "apartment", "admin:licenses_customer_changelist"),
                    _page("Contracts", "contract", "admin:licenses_contract_changelist"),
                    _page("New contract", "note_add", "desk:new_contract"),
                    _page("Plans", "sell", "desk:plans"),
                    _page("Instances", "dns", "admin:licenses_instance_changelist"),
                    _page("Licences", "license", "admin:licenses_licensefile_changelist"),
                    _page("Reports", "upload_file", "admin:usage_usagereport_changelist"),
                    _page("Counts", "groups", "admin:usage_activeusercount_changelist"),
                    _page("Provisioned users", "badge", "admin:licenses_provisionedcount_changelist"),
                ],
            },
            {
                "title": "House",
                "items": [
                    _page("First run", "move_to_inbox", "desk:first_run"),
                    _page("People", "person", "admin:licenses_user_changelist"),
                    _page("API keys", "key", "desk_keys:api_keys"),
                    _page("Webhooks", "webhook", "desk_webhooks:webhooks"),
                    _page("Accounting", "lock_clock", "desk:accounting"),
                    _page("Legal entities", "account_balance", "admin:licenses_legalentity_changelist"),
                    _page("Signing keys", "key", "desk_licenses:vendor_keys"),
                    _page("Exchange rates", "currency_exchange", "desk:exchange_rates"),
                    _page("Approval limits", "approval", "desk:approval_limits"),
                    _page("Look of documents", "palette", "desk:document_look"),
                    _page("Jobs", "schedule", "admin:ground_job_changelist"),
                ],
            },
        ],
    },
}
