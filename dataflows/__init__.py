"""What runs: the churn flow, its settings and its recovery store."""
