"""Charts, drawn as SVG on the server: no colour says what a shape, a word or the table beneath does not.

frame: axes and scales. lines, bars, ranks, calibration, timeline: a kind of chart each. heat: a table's
cells.
"""
