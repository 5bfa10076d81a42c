"""Works out, of a published file alone, what it withholds (docs/decisions/0008)."""
