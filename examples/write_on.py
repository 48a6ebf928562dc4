"""An LSTM and a Transformer learn how a text goes on, and write on, each from what it kept of the steps before."""

from __future__ import annotations

from pathlib import Path

import lamina

Path("rhyme.txt").write_text("one two buckle my shoe\nthree four knock at the door\nfive six pick up sticks\n" * 150)
for name, epochs in (("lstm", 25), ("transformer", 15)):
    model = lamina.fit("rhyme.txt", name, epochs=epochs, batch_size=8, learning_rate=0.003, seed=1)
    found = model.evaluate("rhyme.txt")
    written = lamina.write(model, "one two ", length=60, temperature=0.1)
    print(f"{name}: {found['nats_per_character']:.2f} nats a character\none two {written}")
