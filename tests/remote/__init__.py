"""Sources on other machines, against real servers on the loopback."""
