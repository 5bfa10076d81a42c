"""When and where the assets are made: definitions, resources, automation and the command line."""
