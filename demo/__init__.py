"""The demo: a simulated shop, the stack and the flow on one machine, with a panel to watch them."""
