"""What the ``skiller`` command can do: a module for each word; its ``execute`` gives the exit code."""
