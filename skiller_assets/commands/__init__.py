"""What the ``skiller`` command can do: one module for each word, with a function ``execute`` that gives the exit code."""
