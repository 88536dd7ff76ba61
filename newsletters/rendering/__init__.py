"""How an issue becomes a mail: blocks, variables, HTML and plain text, and the bytes that a server gets."""
