"""The same events in each shape in which a format arrives: arrays, lines, pages, batches, gzip, zip."""

import gzip
import io
import json
import zipfile

import pytest

from tests.rollcall.formats.samples import FOLDER, SAMPLES, files_of, read_sample
from tests.rollcall.intake.readings import reading


def records(sample):
    text = (FOLDER / sample).read_text()
    return [json.loads(line) for line in text.splitlines()] if text.startswith("{") else json.loads(text)


def lines(found):
    return "".join(json.dumps(record) + "\n" for record in found)


def otlp_lines():
    """One batch a line, as the file exporter of the collector writes, the times now texts and now bare numbers."""
    document = json.loads((FOLDER / "otlp_logs.json").read_text())
    (resource,) = document["resourceLogs"]
    (scope,) = resource["scopeLogs"]
    found = scope["logRecords"]
    batches = [found[start : start + 50] for start in range(0, len(found), 50)]
    return lines({"resourceLogs": [resource | {"scopeLogs": [scope | {"logRecords": batch}]}]} for batch in batches)


def hits():
    found = [
        {"_index": "logs", "_id": str(n), "_source": record} for n, record in enumerate(records("elastic_ecs.ndjson"))
    ]
    return json.dumps({"took": 3, "hits": {"total": {"value": len(found)}, "hits": found}})


def flat():
    """ECS with flat keys, and the user in an array."""
    return lines(
        {
            "@timestamp": record["@timestamp"],
            "ecs.version": "8.17.0",
            **{f"event.{key}": value for key, value in record["event"].items()},
            "user": [record["user"]],
        }
        for record in records("elastic_ecs.ndjson")
    )


SHAPES = {
    "okta lines": ("okta_system_log.json", lambda: lines(records("okta_system_log.json"))),
    "okta pages joined": (
        "okta_system_log.json",
        lambda: "\n".join(json.dumps(records("okta_system_log.json")[start::3]) for start in range(3)),
    ),
    "graph page": (
        "entra_signins.json",
        lambda: json.dumps({"@odata.context": "x", "@odata.nextLink": "y", "value": records("entra_signins.json")}),
    ),
    "auth0 array": ("auth0_logs.ndjson", lambda: json.dumps(records("auth0_logs.ndjson"), indent=1)),
    "auth0 stream": (
        "auth0_logs.ndjson",
        lambda: lines({"log_id": log["log_id"], "data": log} for log in records("auth0_logs.ndjson")),
    ),
    "cloudevents lines": ("cloudevents_batch.json", lambda: lines(records("cloudevents_batch.json"))),
    "otlp batches": ("otlp_logs.json", otlp_lines),
    "ecs hits": ("elastic_ecs.ndjson", hits),
    "ecs flat": ("elastic_ecs.ndjson", flat),
    "keycloak lines": ("keycloak_events.json", lambda: lines(records("keycloak_events.json"))),
    "github lines": ("github_audit_log.json", lambda: lines(records("github_audit_log.json"))),
    "grafana array": ("grafana_usage_insights.ndjson", lambda: json.dumps(records("grafana_usage_insights.ndjson"))),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_another_shape_gives_the_same_evidence(tmp_path, shape):
    sample, make = SHAPES[shape]
    (tmp_path / "other").mkdir()
    result = reading(tmp_path / "other", gzip.compress(make().encode()), names=("export.gz",))
    given = read_sample(tmp_path / "given", sample)
    assert (result.format, result.rows.accepted) == (given.format, SAMPLES[sample]["expected"]["valid_rows"])
    assert result.digest == given.digest


@pytest.mark.parametrize("sample", ["coder_audit/", "google_login_activities/", "slack_analytics/"])
def test_pages_in_one_zip_give_the_evidence_of_several_files(tmp_path, sample):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files_of(sample):
            data = file.read_bytes()
            archive.writestr(
                f"export/{file.name.removesuffix('.gz')}", gzip.decompress(data) if file.suffix == ".gz" else data
            )
    result = reading(tmp_path, packed.getvalue(), names=("export.zip",))
    assert result.digest == read_sample(tmp_path / "given", sample).digest


def test_a_missing_day_of_slack_is_named(tmp_path):
    remarks = [remark.message for remark in read_sample(tmp_path, "slack_analytics/").remarks]
    assert remarks == ["There are no rows on 2026-06-17; the export may be incomplete."]


def test_days_of_slack_are_not_cut_anew_for_another_zone(tmp_path):
    result = read_sample(tmp_path, "slack_analytics/", timezone="Europe/Berlin")
    assert [question.code for question in result.questions] == ["zone.of_days"]


def test_a_page_of_another_export_is_asked_about(tmp_path):
    pages = [(FOLDER / name).read_bytes() for name in ("okta_system_log.json", "keycloak_events.json")]
    result = reading(tmp_path, *pages, names=("a.json", "b.json"))
    assert [question.code for question in result.questions] == ["files.formats"]


def test_a_page_that_is_cut_is_refused_by_its_name(tmp_path):
    pages = [file.read_bytes() for file in files_of("coder_audit/")]
    result = reading(tmp_path, pages[0], pages[1][:-500], names=("page1.json", "page2.json"))
    assert (result.outcome, result.code) == ("rejected", "json.invalid")
    assert "page2.json" in result.message


def test_a_first_record_with_fewer_fields_hides_no_format(tmp_path):
    first, *others = records("keycloak_events.json")
    short = {"time": first["time"], "type": "UPDATE_PROFILE_ERROR", "realmId": first["realmId"]}
    result = reading(tmp_path, json.dumps([short, first, *others]), names=("events.json",))
    expected = SAMPLES["keycloak_events.json"]["expected"]["valid_rows"]
    assert (result.format, result.rows.accepted) == ("keycloak_events", expected)
