"""Board games for two: their rules as array functions, perfect play, games played out inside a compiled program."""
