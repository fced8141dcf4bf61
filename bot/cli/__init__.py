"""One file a command; `commands.tsv` lists them for `./guichet` and for the dispatcher."""
