//! Permissions in plain words: what a reviewer approves and a resident agrees to.

use crate::{Attribute, Permission, Text};

impl Attribute {
    /// What residents call it.
    pub fn in_words(self) -> Text {
        match self {
            Self::Name => Text::new("姓名", "name"),
            Self::Phone => Text::new("电话", "phone number"),
            Self::BirthDate => Text::new("出生日期", "date of birth"),
            Self::Age => Text::new("年龄", "age"),
            Self::CitizenNumber => Text::new("身份证号", "citizen number"),
            Self::Address => Text::new("住址", "address"),
            Self::Grid => Text::new("所在网格", "grid"),
        }
    }

    /// Several of them, one after the other.
    pub fn list_in_words(attributes: &[Self]) -> Text {
        let words: Vec<Text> = attributes.iter().map(|attribute| attribute.in_words()).collect();
        let join =
            |separator: &str, of: fn(&Text) -> &str| words.iter().map(of).collect::<Vec<_>>().join(separator);
        Text::new(join("、", |text| &text.zh), join(", ", |text| &text.en))
    }
}

impl Permission {
    /// One sentence without a full stop, such as `see your name, phone number — to deliver the order`.
    pub fn in_words(&self) -> Text {
        match self {
            Self::People { attributes, purpose } => {
                let list = Attribute::list_in_words(attributes);
                Text::new(
                    format!("查看您的{}——{}", list.zh, purpose.zh),
                    format!("see your {} — {}", list.en, purpose.en),
                )
            }
            Self::DebitCaller { book, max_per_call } => {
                let (zh, en) = amount(book, *max_per_call);
                Text::new(format!("每次最多从您的账户扣{zh}"), format!("charge you up to {en} per call"))
            }
            Self::Issue(book) => {
                let (zh, en) = currency(book);
                Text::new(format!("发放{zh}"), format!("issue {en}"))
            }
            Self::Sign(purpose) => Text::new(
                format!("以平台名义签发“{purpose}”类凭证"),
                format!("sign `{purpose}` documents in the platform's name"),
            ),
            Self::Outbound { host, calls_per_minute } => Text::new(
                format!("访问外部网站 {host}，每分钟最多 {calls_per_minute} 次"),
                format!("call the outside host {host}, {calls_per_minute} times a minute at most"),
            ),
            Self::Registry => {
                Text::new("在平台登记和变更服务商", "register providers with the platform, and change them")
            }
        }
    }
}

fn currency(book: &str) -> (String, String) {
    match book {
        "points" => ("积分".to_owned(), "points".to_owned()),
        "CNY" => ("人民币".to_owned(), "CNY".to_owned()),
        other => (other.to_owned(), other.to_owned()),
    }
}

/// Points are counted whole, money in hundredths.
fn amount(book: &str, minor: i64) -> (String, String) {
    if book == "points" {
        return (format!(" {minor} 积分"), format!("{minor} points"));
    }
    let (major, rest) = (minor / 100, (minor % 100).abs());
    let number = if rest == 0 { major.to_string() } else { format!("{major}.{rest:02}") };
    if book == "CNY" {
        (format!(" {number} 元"), format!("{number} CNY"))
    } else {
        (format!(" {number} {book}"), format!("{number} {book}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_words_a_resident_understands() {
        let people = Permission::People {
            attributes: vec![Attribute::Name, Attribute::Phone],
            purpose: Text::new("用于送货上门", "to deliver the order"),
        };
        let debit = |book: &str, max_per_call| Permission::DebitCaller { book: book.into(), max_per_call };
        let outbound = Permission::Outbound { host: "api.example.com".into(), calls_per_minute: 20 };
        for (permission, zh, en) in [
            (
                people,
                "查看您的姓名、电话——用于送货上门",
                "see your name, phone number — to deliver the order",
            ),
            (debit("CNY", 20_000), "每次最多从您的账户扣 200 元", "charge you up to 200 CNY per call"),
            (debit("CNY", 105), "每次最多从您的账户扣 1.05 元", "charge you up to 1.05 CNY per call"),
            (debit("points", 50), "每次最多从您的账户扣 50 积分", "charge you up to 50 points per call"),
            (debit("HKD", 100), "每次最多从您的账户扣 1 HKD", "charge you up to 1 HKD per call"),
            (Permission::Issue("points".into()), "发放积分", "issue points"),
            (
                Permission::Sign("ticket".into()),
                "以平台名义签发“ticket”类凭证",
                "sign `ticket` documents in the platform's name",
            ),
            (
                outbound,
                "访问外部网站 api.example.com，每分钟最多 20 次",
                "call the outside host api.example.com, 20 times a minute at most",
            ),
            (
                Permission::Registry,
                "在平台登记和变更服务商",
                "register providers with the platform, and change them",
            ),
        ] {
            assert_eq!(permission.in_words(), Text::new(zh, en));
        }
    }
}
