//! Which of the platform's two languages a caller reads.

use http::header::{ACCEPT_LANGUAGE, HeaderMap};
use linli_contract::Text;

/// A language of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese, when nothing else is asked for.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The better one of `Accept-Language` (RFC 9110 §12.5.4); Chinese when it names neither, or both alike.
    pub fn of(headers: &HeaderMap) -> Self {
        let (mut zh, mut en) = (None, None);
        for range in
            headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','))
        {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let slot = match primary {
                p if p.eq_ignore_ascii_case("zh") => &mut zh,
                p if p.eq_ignore_ascii_case("en") => &mut en,
                _ => continue,
            };
            *slot = (*slot).max(Some(weight(parameters)));
        }
        match (zh, en) {
            (None, Some(en)) if en > 0 => Self::En,
            (Some(zh), Some(en)) if en > zh => Self::En,
            _ => Self::Zh,
        }
    }

    /// As in `Content-Language` and `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The text in this language.
    pub fn of_text(self, text: &Text) -> &str {
        match self {
            Self::Zh => &text.zh,
            Self::En => &text.en,
        }
    }
}

/// `q` in thousandths; 1000 when there is none, 0 when it is not a number.
fn weight(parameters: &str) -> u32 {
    let q = parameters.split(';').find_map(|p| p.trim().strip_prefix("q="));
    q.map_or(1000, |q| q.trim().parse::<f32>().map_or(0, |q| (q.clamp(0.0, 1.0) * 1000.0) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_weight_wins_and_chinese_breaks_ties() {
        for (header, language) in [
            ("", Language::Zh),
            ("en", Language::En),
            ("EN-us,en;q=0.9", Language::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en;q=0.9, zh;q=0.5", Language::En),
            ("en, zh", Language::Zh),
            ("fr, *", Language::Zh),
            ("en;q=0", Language::Zh),
            ("en;q=nonsense, zh;q=0.1", Language::Zh),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, header.parse().unwrap())]);
            assert_eq!(Language::of(&headers), language, "{header}");
        }
    }
}
