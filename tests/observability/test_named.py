"""What documents say of metrics is so."""

import re

import pytest

from tests.observability.files import OWN, ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
NO_METRICS = {"retentioncast_bi"}  # a role of the database
NAMED = sorted(
    {
        (path.name, name, labels)
        for path in DOCUMENTS
        for name, labels in re.findall(
            r"\b(retentioncast_[a-z_0-9]*[a-z0-9])(?:\{([^}]*)\})?", path.read_text()
        )
        if name not in NO_METRICS
    }
)
# A histogram may be called by its name as a whole.
FAMILIES = OWN | {
    name.removesuffix("_count"): labels for name, labels in OWN.items() if name.endswith("_count")
}


def test_documents_name_metrics():
    assert len(NAMED) > 10


@pytest.mark.parametrize(("document", "name", "labels"), NAMED)
def test_a_metric_that_a_document_names_exists(document, name, labels):
    assert name in FAMILIES
    assert set(re.findall(r"(\w+)(?==|,|$)", re.sub(r'"[^"]*"', "", labels))) <= FAMILIES[name]
