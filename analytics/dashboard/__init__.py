"""The dashboard: what the analytics database tells of the store, its customers and the flow, in a browser.

It reads only. Each page is one module of `pages/`: its queries, and what a template is given. Charts are
drawn on the server, as SVG, by `charts/`.
"""
