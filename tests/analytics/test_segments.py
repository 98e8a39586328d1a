"""Scores against a plain count, and a name for each combination of them."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import product
from random import Random

import pytest

from tests.analytics.store import DAY, NOON, Purchase, invented

pytestmark = pytest.mark.stack

# The ranges of recency, and of frequency and monetary value together, that each name usually has.
USUAL = {
    "Champions": ((4, 5), (4, 5)),
    "Loyal": ((2, 5), (3, 5)),
    "Potential loyalists": ((3, 5), (1, 3)),
    "New customers": ((4, 5), (0, 1)),
    "Promising": ((3, 4), (0, 1)),
    "Need attention": ((2, 3), (2, 3)),
    "About to sleep": ((2, 3), (0, 2)),
    "At risk": ((0, 2), (2, 5)),
    "Cannot lose them": ((0, 1), (4, 5)),
    "Hibernating": ((1, 2), (1, 2)),
    "Lost": ((0, 2), (0, 2)),
}
SCORES = range(1, 6)


def test_every_combination_of_scores_has_one_of_the_names_that_are_usual_there(store):
    names = set()
    for recency, frequency, monetary in product(SCORES, SCORES, SCORES):
        (line,) = store.ask("SELECT segment(%s, %s, %s) AS name", recency, frequency, monetary)
        (least, most), (least_of_both, most_of_both) = USUAL[line["name"]]
        both = (frequency + monetary + 1) // 2
        assert least <= recency <= most, line
        assert least_of_both <= both <= most_of_both, line
        names.add(line["name"])
    assert names == set(USUAL)


def quintile(value, values):
    """One more than the number of fifths of the customers that end below the value."""
    ends = [sorted(values)[-(-len(values) * fifth // 5) - 1] for fifth in range(1, 5)]
    return 1 + sum(value > end for end in ends)


@pytest.mark.parametrize("customers", [1, 2, 3, 4, 5, 6, 9, 10, 11, 120])
def test_scores_are_quintiles_and_equals_have_equal_scores(store, customers):
    store.describe()
    store.buy(invented(customers, "Europe/Berlin", customers=customers))
    store.tell_hour()
    lines = store.ask("SELECT * FROM rfm JOIN segments USING (customer_id)")
    assert len(lines) == store.ask("SELECT count(*) FROM rfm")[0]["count"] > 0
    columns = {
        "recency_score": "latest_purchase",
        "frequency_score": "order_count",
        "monetary_score": "order_value",
    }
    for score, column in columns.items():
        values = [line[column] for line in lines]
        assert [line[score] for line in lines] == [quintile(value, values) for value in values]


def test_of_distinct_values_each_score_has_a_fifth_and_the_latest_have_five(store):
    store.describe()
    random = Random(1)
    numbers = random.sample(range(50), 50)
    store.buy(
        Purchase(f"{number:02}", NOON - number * DAY + timedelta(hours=order), Decimal(number))
        for number in numbers
        for order in range(number + 1)
    )
    store.tell_hour()
    lines = store.ask("SELECT * FROM segments ORDER BY customer_id")
    assert [line["recency_score"] for line in lines] == sorted([1, 2, 3, 4, 5] * 10, reverse=True)
    assert [line["frequency_score"] for line in lines] == sorted([1, 2, 3, 4, 5] * 10)
    assert [line["monetary_score"] for line in lines] == sorted([1, 2, 3, 4, 5] * 10)
    assert Counter(line["segment"] for line in lines)["Cannot lose them"] == 10


def test_a_customer_is_scored_as_it_is_now_among_those_of_the_newest_hour(store):
    store.describe()
    store.buy(Purchase(str(number), NOON - number * DAY) for number in range(10))
    assert store.ask("SELECT * FROM segments") == []
    store.tell_hour()
    move = "UPDATE rfm SET first_purchase = %(at)s, latest_purchase = %(at)s WHERE customer_id = %(id)s"
    store.database.execute(move, {"id": "0", "at": NOON - 2 * DAY})
    store.database.execute(move, {"id": "9", "at": NOON + DAY})
    scores = "SELECT customer_id, recency_score FROM segments WHERE customer_id IN ('0', '7', '9') ORDER BY 1"
    assert store.rows(scores) == [("0", 4), ("7", 2), ("9", 5)]
    store.set_time(NOON + timedelta(hours=1))
    store.tell_hour()
    assert store.rows(scores) == [("0", 4), ("7", 1), ("9", 5)]


def test_without_customers_there_are_no_segments(store):
    store.describe()
    store.tell_hour()
    assert store.ask("SELECT * FROM segments") == []
    assert store.ask("SELECT * FROM quintiles") == [
        {"customers": 0, "latest_purchase": None, "order_count": None, "order_value": None}
    ]
