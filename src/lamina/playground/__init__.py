"""The playground: a local page on which networks are built, trained and looked into, by the library's own training."""
