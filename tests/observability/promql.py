"""What a PromQL expression names, read from its syntax tree."""

import re
from collections.abc import Iterator

import promql_parser as promql

# What Grafana puts in place of its variables; any duration will do to read the expression.
MACRO = re.compile(r"\$__(rate_interval|interval|range)\b")


def parse(expression):
    """The syntax tree; ValueError where it is no PromQL."""
    return promql.parse(MACRO.sub("5m", expression))


def selectors(node, kept=frozenset()) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each metric with the labels that its matchers name, and those that aggregations around it keep."""
    if isinstance(node, promql.VectorSelector):
        yield node.name, {matcher.name for matcher in node.matchers.matchers}, kept
    for part in _parts(node):
        yield from selectors(part, kept | _grouping(node))


def result_labels(node, known) -> set[str]:
    """The labels that the result has; `known` has those of each metric.

    Two vectors that are put together are taken to have the same.
    """
    if isinstance(node, promql.VectorSelector):
        return known[node.name]
    if isinstance(node, promql.AggregateExpr):
        return _grouping(node)
    found = set().union(*(result_labels(part, known) for part in _parts(node)))
    is_quantile = isinstance(node, promql.Call) and node.func.name == "histogram_quantile"
    return found - {"le"} if is_quantile else found


def _parts(node):
    match node:
        case promql.MatrixSelector():
            return [node.vector_selector]
        case promql.BinaryExpr():
            return [node.lhs, node.rhs]
        case promql.Call():
            return node.args
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return [node.expr]
        case promql.VectorSelector() | promql.NumberLiteral() | promql.StringLiteral():
            return []
    raise TypeError(node)


def _grouping(node):
    if not isinstance(node, promql.AggregateExpr) or node.modifier is None:
        return set()
    assert node.modifier.type == promql.AggModifierType.By, "without(...) keeps what nobody has named"
    return set(node.modifier.labels)
