//! A plugin's life over HTTP: upload, review, roll-out, roll-back, suspension, retirement, and each refusal on the way.

mod life;
