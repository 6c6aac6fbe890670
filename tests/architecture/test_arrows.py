"""Imports run one way: billing -> usage -> licenses -> ground -> rollcall; config stands on top."""

from tests.architecture.house import APPS, FLOORS, Import, imports, sources

# Inside an app, from the ground: a floor may not know those that come after it.
APP_FLOORS = (("models",), ("queries", "operations"), ("tasks",), ("admin", "portal", "api", "management"))


def all_imports(*rooms: str) -> list[Import]:
    return [found for path in sources(*rooms) for found in imports(path)]


def test_no_room_imports_one_above_it() -> None:
    wrong = [
        str(found)
        for height, room in enumerate(FLOORS)
        for found in all_imports(room)
        if found.name.partition(".")[0] in FLOORS[height + 1 :] or found.name.partition(".")[0] == "tests"
    ]
    assert wrong == []


def test_inside_an_app_no_floor_imports_one_above_it() -> None:
    wrong = []
    for app in APPS:
        for height, floor in enumerate(APP_FLOORS):
            above = {f"{app}.{name}" for names in APP_FLOORS[height + 1 :] for name in names}
            for name in floor:
                for found in all_imports(f"{app}/{name}") + all_imports_of_file(app, name):
                    if any(found.name == room or found.name.startswith(f"{room}.") for room in above):
                        wrong.append(str(found))
    assert wrong == []


def all_imports_of_file(app: str, name: str) -> list[Import]:
    return [found for path in sources(app) if path.name == f"{name}.py" for found in imports(path)]


def test_no_import_stands_inside_a_function() -> None:
    assert [str(found) for found in all_imports(*FLOORS) if found.is_inside_function] == []


def test_our_apps_do_not_talk_through_signals() -> None:
    """The flow can be followed with an editor. ground listens to one signal of Django: a new database connection."""
    signals = ("django.db.models.signals", "django.dispatch", "django.core.signals")
    assert [str(found) for found in all_imports(*FLOORS) if found.name.startswith(signals)] == []


def test_a_rule_of_this_house_can_be_broken() -> None:
    """The reader sees what it should see: this test's own imports, one of them inside a function."""
    from decimal import Decimal

    assert Decimal(1) == 1
    [path] = [path for path in sources("tests/architecture") if path.name == "test_arrows.py"]
    found = {(each.name, each.is_inside_function) for each in imports(path)}
    assert {("decimal.Decimal", True), ("tests.architecture.house.imports", False)} <= found
