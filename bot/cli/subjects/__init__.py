"""The subjects of `./guichet admin`, one module each: `add_arguments(parser)` and
`main(settings, database, arguments)`. `subjects.tsv` lists them."""
