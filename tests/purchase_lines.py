"""Table `purchases` in memory: what it holds after all that was told of order histories."""

from collections import defaultdict


class PurchaseLines:
    """The lines of every customer who has any."""

    def __init__(self):
        self._lines = defaultdict(dict)

    def take(self, told):
        """Do what one item says."""
        lines, until_us = self._lines[told.customer_id], told.folded_until_us
        if told.is_whole:
            for name, line in list(lines.items()):
                if until_us is None or line.placed_at_us >= until_us:
                    del lines[name]
        for name in told.gone:
            lines.pop(name, None)
        lines |= {line.line: line for line in told.lines}

    def by_customer(self):
        """Return [(order, placed_at_us, cents, is an order)] by customer."""
        return {
            customer_id: sorted(
                (line.order_id, line.placed_at_us, line.cents, line.is_order) for line in lines.values()
            )
            for customer_id, lines in self._lines.items()
            if lines
        }

    def sums(self):
        """Return what must stand in `rfm`: (orders, cents, first, latest purchase) by customer."""
        found = {}
        for customer_id, lines in self.by_customer().items():
            placed_us = [placed_at_us for _, placed_at_us, _, is_order in lines if is_order]
            if placed_us:
                cents = sum(cents for _, _, cents, _ in lines)
                found[customer_id] = (len(placed_us), cents, min(placed_us), max(placed_us))
        return found
