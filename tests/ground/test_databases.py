"""The tests' own ground: real databases, cloned, reached as a role that has no special power."""

import pytest
from django.db import connection, transaction

from ground.models import Job


def current_role() -> tuple[str, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        role, is_superuser, bypasses = cursor.fetchone()
    return role, is_superuser, bypasses


@pytest.mark.django_db
def test_tests_run_as_the_app_role() -> None:
    assert current_role() == ("rollcall_app", False, False)


@pytest.mark.django_db
def test_each_test_starts_empty_first_half() -> None:
    Job.objects.create(key="left-over", kind="none")
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_each_test_starts_empty_second_half() -> None:
    assert Job.objects.count() == 0


def test_a_cloned_database_keeps_what_is_committed(cloned_database: str) -> None:
    with transaction.atomic(durable=True):
        Job.objects.create(key="committed", kind="none")
    connection.close()
    assert Job.objects.count() == 1
    assert current_role() == ("rollcall_app", False, False)


def test_the_next_clone_knows_nothing_of_the_one_before(cloned_database: str) -> None:
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_back_on_the_shared_clone_after_that() -> None:
    assert Job.objects.count() == 0
