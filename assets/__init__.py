"""The tables of the platform: each module is named for the tables that it makes."""
