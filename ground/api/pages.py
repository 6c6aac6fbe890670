"""Long lists in pages: a cursor, so that no row is missed or shown twice while others are added."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Rows in the order of their making. `limit` asks for so many; `next` is the address of the page after."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = "pk"
