//! What a definition must meet before anything is done by it: every finding, with its place.

use std::collections::BTreeSet;

use linli_sdk::contract::Text;

use crate::affair::{Affair, CertificateRule, Condition, Evidence, Part, Period};
use crate::facts::Fact;
use crate::form::{Implication, Kind, Schema};

/// Steps of one affair, and links of its chain: more would be an office walking in circles.
pub const MAX_STEPS: usize = 8;
/// Pieces of evidence of one affair; the longest list of the national catalogue has fewer.
pub const MAX_EVIDENCE: usize = 16;
/// Rules of one affair.
pub const MAX_RULES: usize = 16;
/// Affairs of one bundle: each is a case of its own, written in one commit.
pub const MAX_PARTS: usize = 12;
/// Fields of one form, groups included.
pub const MAX_FIELDS: usize = 80;
/// How deep groups lie in groups.
pub const MAX_DEPTH: usize = 4;
/// Working days, or days, of one period: half a year. A deadline is explained day by day.
pub const MAX_PERIOD_DAYS: u16 = 180;
/// Hours of one period.
pub const MAX_PERIOD_HOURS: u16 = 24 * 30;
/// Characters of one text of a form.
pub const MAX_TEXT: usize = 1_000;
/// Entries of one list of a form.
pub const MAX_ITEMS: usize = 20;

/// Something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// RFC 6901 pointer into the definition.
    pub pointer: String,
    /// In words.
    pub reason: String,
}

impl Finding {
    /// What is wrong, and where.
    pub fn new(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), reason: reason.into() }
    }
}

/// Everything that is wrong with one affair by itself.
pub fn findings(affair: &Affair) -> Vec<Finding> {
    let mut check = Check { form: &affair.form, found: vec![] };
    check.that(is_name(&affair.code), "/code", "is not kebab-case");
    check.that(affair.version > 0, "/version", "begins with 1");
    check.text(&affair.title, "/title");
    check.text(&affair.summary, "/summary");
    check.that(affair.form.kind == Kind::Object, "/form/type", "is not `object`");
    let fields = check.schema(&affair.form, "/form", 0);
    check.that(fields <= MAX_FIELDS, "/form", "has too many fields");
    check.rules(affair);
    check.evidence(&affair.evidence);
    check.pointers(&affair.one_open_per, "/one_open_per");
    if let Some(certificate) = &affair.certificate {
        check.certificate(certificate);
    }
    if affair.is_bundle() {
        check.bundle(affair);
    } else {
        check.plain(affair);
    }
    check.found
}

/// What is wrong with a part of a bundle, given the affair it files.
pub fn part_findings(bundle: &Affair, index: usize, part: &Part, target: &Affair) -> Vec<Finding> {
    let mut check = Check { form: &bundle.form, found: vec![] };
    let place = format!("/parts/{index}/answers");
    check.that(!target.is_bundle(), &format!("/parts/{index}/affair"), "is a bundle itself");
    for (to, from) in &part.answers {
        let pointer = format!("{place}/{}", to.replace('~', "~0").replace('/', "~1"));
        match (target.form.at(to), bundle.form.at(from)) {
            (None, _) => check.add(&pointer, format!("`{}` has no field `{to}`", target.code)),
            (_, None) => check.add(&pointer, format!("the bundle has no field `{from}`")),
            (Some(there), Some(here)) => {
                let same =
                    there.kind == here.kind && there.format == here.format && there.constant == here.constant;
                check.that(same, &pointer, "joins fields of different sorts");
            }
        }
    }
    for name in &target.form.required {
        let answered = part.answers.keys().any(|to| to.split('/').nth(1) == Some(name));
        let known = target.form.properties.get(name).is_some_and(|field| field.prefill.is_some());
        check.that(
            answered || known,
            &place,
            &format!("leaves out `/{name}`, which `{}` requires", target.code),
        );
    }
    check.found
}

struct Check<'a> {
    form: &'a Schema,
    found: Vec<Finding>,
}

impl Check<'_> {
    fn add(&mut self, pointer: &str, reason: String) {
        self.found.push(Finding::new(pointer, reason));
    }

    fn that(&mut self, holds: bool, pointer: &str, reason: &str) {
        if !holds {
            self.add(pointer, reason.to_owned());
        }
    }

    fn text(&mut self, text: &Text, pointer: &str) {
        self.that(!text.zh.trim().is_empty() && !text.en.trim().is_empty(), pointer, "needs both zh and en");
    }

    fn names<'n>(&mut self, list: &str, names: impl Iterator<Item = &'n str>) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            let pointer = format!("{list}/{index}/id");
            self.that(is_name(name), &pointer, "is not kebab-case");
            self.that(seen.insert(name), &pointer, &format!("is `{name}` a second time"));
        }
    }

    fn pointers(&mut self, pointers: &[String], list: &str) {
        for (index, pointer) in pointers.iter().enumerate() {
            self.that(self.form.at(pointer).is_some(), &format!("{list}/{index}"), "is no field of the form");
        }
    }

    fn period(&mut self, period: Period, pointer: &str) {
        let fits = match period {
            Period::WorkingDays(n) | Period::Days(n) => (1..=MAX_PERIOD_DAYS).contains(&n),
            Period::Hours(n) => (1..=MAX_PERIOD_HOURS).contains(&n),
        };
        self.that(fits, pointer, "is not from one to half a year of days, or to 720 hours");
    }

    fn plain(&mut self, affair: &Affair) {
        self.that(!affair.steps.is_empty(), "/steps", "are none: nobody would do anything");
        self.that(affair.steps.len() <= MAX_STEPS, "/steps", "are too many");
        self.that(affair.escalation.len() <= MAX_STEPS, "/escalation", "has too many links");
        match affair.deadline {
            Some(period) => self.period(period, "/deadline"),
            None => self.add("/deadline", "is missing".to_owned()),
        }
        self.names("/steps", affair.steps.iter().map(|step| step.id.as_str()));
        let mut days = 0;
        for (index, step) in affair.steps.iter().enumerate() {
            self.text(&step.title, &format!("/steps/{index}/title"));
            self.period(step.deadline, &format!("/steps/{index}/deadline"));
            days += if let Period::WorkingDays(n) = step.deadline { u32::from(n) } else { 0 };
        }
        for (index, link) in affair.escalation.iter().enumerate() {
            self.period(link.deadline, &format!("/escalation/{index}/deadline"));
        }
        if let Some(Period::WorkingDays(promised)) = affair.deadline {
            self.that(days <= u32::from(promised), "/deadline", "is shorter than its steps together");
        }
    }

    fn bundle(&mut self, affair: &Affair) {
        let empty = affair.steps.is_empty() && affair.escalation.is_empty() && affair.evidence.is_empty();
        let empty = empty && affair.deadline.is_none() && affair.certificate.is_none();
        self.that(
            empty,
            "/parts",
            "have steps, evidence, deadline and certificate of their own; a bundle has none",
        );
        self.that(affair.parts.len() <= MAX_PARTS, "/parts", "are too many");
        let mut seen = BTreeSet::new();
        for (index, part) in affair.parts.iter().enumerate() {
            let pointer = format!("/parts/{index}/affair");
            self.that(seen.insert(&part.affair), &pointer, "stands in the bundle twice");
            self.condition(part.when.as_ref(), &format!("/parts/{index}/when"));
        }
    }

    fn rules(&mut self, affair: &Affair) {
        self.that(affair.eligibility.len() <= MAX_RULES, "/eligibility", "has too many rules");
        self.names("/eligibility", affair.eligibility.iter().map(|rule| rule.id.as_str()));
        for (index, rule) in affair.eligibility.iter().enumerate() {
            self.condition(Some(&rule.needs), &format!("/eligibility/{index}/needs"));
            self.condition(rule.when.as_ref(), &format!("/eligibility/{index}/when"));
            self.text(&rule.reason, &format!("/eligibility/{index}/reason"));
        }
    }

    fn evidence(&mut self, evidence: &[Evidence]) {
        self.that(evidence.len() <= MAX_EVIDENCE, "/evidence", "is too much");
        self.names("/evidence", evidence.iter().map(|piece| piece.id.as_str()));
        for (index, piece) in evidence.iter().enumerate() {
            self.text(&piece.title, &format!("/evidence/{index}/title"));
            self.condition(piece.when.as_ref(), &format!("/evidence/{index}/when"));
            if let Some(library) = &piece.library {
                self.that(is_name(library), &format!("/evidence/{index}/library"), "is not kebab-case");
            }
            let holder =
                piece.holder.as_ref().map(|holder| self.form.at(holder).and_then(|field| field.format));
            let numbered = holder.is_none_or(|format| format == Some(crate::format::Format::CitizenNumber));
            self.that(numbered, &format!("/evidence/{index}/holder"), "is no citizen number of the form");
        }
    }

    fn certificate(&mut self, rule: &CertificateRule) {
        self.text(&rule.title, "/certificate/title");
        let prefix =
            (2..=4).contains(&rule.prefix.len()) && rule.prefix.bytes().all(|b| b.is_ascii_uppercase());
        self.that(prefix, "/certificate/prefix", "is not two to four capital letters");
        let holder = self.form.at(&rule.holder).is_some_and(|field| field.kind == Kind::String);
        self.that(holder, "/certificate/holder", "is no text of the form");
        self.pointers(&rule.fields, "/certificate/fields");
        self.that(rule.valid_months != Some(0), "/certificate/valid_months", "is zero");
    }

    fn condition(&mut self, condition: Option<&Condition>, pointer: &str) {
        let Some(condition) = condition else { return };
        let Condition { fact, equals, one_of, at_least, at_most } = condition;
        let tests = [equals.is_some(), one_of.is_some(), at_least.is_some(), at_most.is_some()];
        let one = tests.iter().filter(|there| **there).count() == 1;
        self.that(one, pointer, "is not exactly one test");
        let fact_at = format!("{pointer}/fact");
        match Fact::parse(fact) {
            None => {
                self.add(&fact_at, "is not `age`, a JSON pointer, or `days-since:` and a pointer".to_owned())
            }
            Some(Fact::Age) => {}
            Some(Fact::Field(field)) => {
                self.that(self.form.at(field).is_some(), &fact_at, "is no field of the form")
            }
            Some(Fact::DaysSince(field)) => {
                let date = self.form.at(field).and_then(|field| field.format);
                let date = date == Some(crate::format::Format::Date);
                self.that(date, &fact_at, "is no date of the form");
            }
        }
    }

    /// How many fields there are.
    fn schema(&mut self, schema: &Schema, place: &str, depth: usize) -> usize {
        if depth > MAX_DEPTH {
            self.add(place, "lies too deep".to_owned());
            return 0;
        }
        self.that(depth == 0 || schema.label.is_some(), place, "has no label");
        for (text, name) in [(&schema.label, "label"), (&schema.help, "help")] {
            if let Some(text) = text {
                self.text(text, &format!("{place}/{name}"));
            }
        }
        match schema.kind {
            Kind::Object => self.object(schema, place, depth),
            Kind::Array => {
                let bounded = schema.max_items.is_some_and(|most| most <= MAX_ITEMS);
                self.that(bounded, place, "needs `maxItems`, 20 at most");
                match &schema.items {
                    Some(items) => 1 + self.schema(items, &format!("{place}/items"), depth + 1),
                    None => {
                        self.add(place, "needs `items`".to_owned());
                        1
                    }
                }
            }
            Kind::String => {
                let bounded = schema.format.is_some()
                    || schema.one_of.is_some()
                    || schema.max_length.is_some_and(|most| most <= MAX_TEXT);
                self.that(bounded, place, "needs `maxLength` (1000 at most), `format` or `oneOf`");
                1
            }
            Kind::Integer => {
                let bounded = schema.minimum.is_some() && schema.maximum.is_some();
                self.that(bounded, place, "needs `minimum` and `maximum`");
                1
            }
            Kind::Boolean => 1,
        }
    }

    fn object(&mut self, schema: &Schema, place: &str, depth: usize) -> usize {
        let closed = schema.additional_properties == Some(false);
        self.that(closed, place, "needs `additionalProperties: false`");
        let listed: BTreeSet<_> = schema.order.iter().collect();
        let all = listed == schema.properties.keys().collect() && listed.len() == schema.order.len();
        self.that(all, &format!("{place}/order"), "does not name each property once");
        let implied = schema.all_of.iter().flat_map(Implication::names);
        for name in schema.required.iter().chain(implied) {
            let known = schema.properties.contains_key(name);
            self.that(known, place, &format!("requires `{name}`, which is no property"));
        }
        for (index, implication) in schema.all_of.iter().enumerate() {
            let whole = implication.premise.properties.keys().eq(implication.premise.required.iter());
            let pointer = format!("{place}/allOf/{index}/if");
            self.that(whole, &pointer, "needs `required` with the names of its `properties`, in their order");
        }
        let each = schema.properties.iter();
        each.map(|(name, field)| 1 + self.schema(field, &format!("{place}/properties/{name}"), depth + 1))
            .sum()
    }
}

impl Implication {
    fn names(&self) -> impl Iterator<Item = &String> {
        self.premise.properties.keys().chain(&self.then.required)
    }
}

fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
