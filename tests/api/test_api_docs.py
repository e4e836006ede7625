"""docs/api.md and docs/access.md say what the API and the settings are."""

import re
from pathlib import Path

from dpa_service.config import load_config
from dpa_service.serving.runtime import now, session
from tests.support.approvals import approve_all

FOLDER = Path(__file__).parents[2] / "docs"
DOCS = (FOLDER / "api.md").read_text(encoding="utf-8")
ACCESS = (FOLDER / "access.md").read_text(encoding="utf-8")


def test_every_address_of_the_guide_exists_with_its_methods(client):
    rows = re.findall(r"^\| `(/[^`]*)` \| ([A-Z, ]+) \|", DOCS, re.MULTILINE)
    paths = client.get("/api/v1/openapi.json").json["paths"]
    served = {
        path.removeprefix("/api/v1"): {method.upper() for method in item if method != "parameters"}
        for path, item in paths.items()
    }
    for path, methods in rows:
        assert served.get(path) == set(methods.split(", ")), path
    assert len(rows) >= 18


def test_the_settings_of_the_guide_exist():
    names = re.findall(r"^\| `DPA_([A-Z0-9_]+)` ", DOCS + ACCESS, re.MULTILINE)
    known = Path(load_config.__code__.co_filename).read_text(encoding="utf-8")
    assert len(names) >= 17
    for name in names:
        assert f'"{name}"' in known, name


def test_the_first_agreement_of_the_guide(client, example):
    made = client.post("/api/v1/agreements", json=example("voorbeeld-energie"), headers={"Idempotency-Key": "a"})
    place = f"/api/v1/agreements/{made.json['id']}"
    assert client.get(f"{place}/preview.html").status_code == 200
    assert client.get(f"{place}/coverage").json["complete"]
    with client.application.app_context():
        approve_all(session(), made.json["id"], now=now())
    assert client.post(f"{place}/issue", headers={"Idempotency-Key": "b"}).json["reference"].startswith("DPA-")
    for kind in ("docx", "pdf"):
        assert client.get(f"{place}/{kind}").headers["Content-Disposition"].startswith("attachment; filename=DPA-")
