"""An autoencoder learns the digits but for the nines; what it cannot give again is unlike what it has learnt."""

from __future__ import annotations

import numpy as np

import lamina

digits = lamina.read("digits")
nines = digits.targets == "9"
known, kept_back = np.flatnonzero(~nines)[:-200], np.flatnonzero(~nines)[-200:]

for name in ("autoencoder", "denoising_autoencoder", "sparse_autoencoder", "conv_autoencoder"):
    model = lamina.fit(digits.subset(known), name, epochs=40, seed=1)
    others, strange = (model.predict(digits.subset(rows)) for rows in (kept_back, np.flatnonzero(nines)))
    pairs = np.array([[float(str(a.value)) < float(str(b.value)) for a in others] for b in strange])
    told = sum(bool(answer.remark) for answer in strange)
    code = lamina.features(model, digits.subset(known[:1]), layer=1).values.size
    print(f"{name}, code of {code}: a nine is farther in {100 * pairs.mean():.0f} % of pairs; {told} nines are told")

print("for example:", next(answer.remark for answer in strange if answer.remark))
