"""The writes of ``usage``, one verb per file; the folder listing is the feature list.

The way of a file: ``receive_report`` -> ``sniff_report`` -> ``confirm_report`` -> ``read_report`` -> ``count_period``.
Each step is keyed, so that doing it again, also after a kill at any point, changes nothing. Customer bytes are read
in child processes only; no transaction is open while a child runs. The clock comes in as ``now``.
"""
