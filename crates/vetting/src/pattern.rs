//! Texts that match a regular expression.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::dice::Dice;

/// Repetitions drawn beyond what must be.
const MOST_EXTRA: u64 = 3;
/// Bytes after which no more is drawn: a pattern may ask for any number.
const MOST_BYTES: usize = 4_096;

/// A text that the pattern finds; none when the pattern is not understood.
pub(crate) fn draw(pattern: &str, dice: &mut Dice) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&hir, dice, &mut text);
    Some(text)
}

fn write(hir: &Hir, dice: &mut Dice, text: &mut String) {
    if text.len() > MOST_BYTES {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            if let Some(range) = dice.pick(class.ranges()) {
                let (low, high) = (u32::from(range.start()), u32::from(range.end()));
                let span = u64::from(high - low) + 1;
                // Within the range there may be a gap where no characters are.
                let drawn = u32::try_from(dice.below(span)).ok().and_then(|n| char::from_u32(low + n));
                text.push(drawn.unwrap_or(range.start()));
            }
        }
        HirKind::Class(Class::Bytes(class)) => {
            if let Some(range) = dice.pick(class.ranges()) {
                text.push(char::from(range.start()));
            }
        }
        HirKind::Repetition(repetition) => {
            let least = u64::from(repetition.min);
            let most = repetition.max.map_or(least + MOST_EXTRA, u64::from).min(least + MOST_EXTRA);
            for _ in 0..least + dice.below(most - least + 1) {
                write(&repetition.sub, dice, text);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, dice, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, dice, text)),
        HirKind::Alternation(branches) => {
            if let Some(branch) = dice.pick(branches) {
                write(branch, dice, text);
            }
        }
    }
}
