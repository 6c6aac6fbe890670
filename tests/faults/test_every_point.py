"""No point is named in the code at which nothing was ever made to fail."""

from tests.faults.points import OF_A_MONTH, named_in_tests, points_in_code


def test_every_fault_point_is_made_to_fail_somewhere() -> None:
    points = points_in_code()
    assert len(points) > 60, "the points are not found any more"
    armed = OF_A_MONTH | named_in_tests()
    assert {name: where for name, where in points.items() if name not in armed} == {}
    assert sorted(OF_A_MONTH - points.keys()) == []
