//! Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write};

/// A page of metrics in the making.
#[derive(Default)]
pub struct Page(String);

/// What sort of metric it is.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the names are Prometheus' own")]
pub enum Sort {
    Counter,
    Gauge,
    Histogram,
}

impl Page {
    /// The media type of the page.
    pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// Starts a metric; its samples follow.
    pub fn metric(&mut self, name: &str, sort: Sort, help: &str) {
        let sort = match sort {
            Sort::Counter => "counter",
            Sort::Gauge => "gauge",
            Sort::Histogram => "histogram",
        };
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {sort}\n"));
    }

    /// One sample.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        self.labels(labels, None);
        self.line(format_args!(" {value}\n"));
    }

    /// A metric of one sample.
    pub fn single(&mut self, name: &str, sort: Sort, help: &str, value: impl Display) {
        self.metric(name, sort, help);
        self.sample(name, &[], value);
    }

    /// The samples of one histogram: `counts` per bucket (not cumulated) for bounds in microseconds, and one more count
    /// for what is beyond; shown in seconds, as Prometheus wants it.
    pub fn histogram(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        bounds: &[u64],
        counts: &[u64],
        sum_micros: u64,
    ) {
        let mut total = 0;
        for (place, count) in counts.iter().enumerate() {
            total += count;
            let bound = bounds.get(place).map_or("+Inf".to_owned(), |micros| seconds(*micros));
            self.line(format_args!("{name}_bucket"));
            self.labels(labels, Some(&bound));
            self.line(format_args!(" {total}\n"));
        }
        for (part, value) in [("sum", seconds(sum_micros)), ("count", total.to_string())] {
            self.line(format_args!("{name}_{part}"));
            self.labels(labels, None);
            self.line(format_args!(" {value}\n"));
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn labels(&mut self, labels: &[(&str, &str)], bound: Option<&str>) {
        let bound = bound.map(|bound| ("le", bound));
        for (place, (name, value)) in labels.iter().copied().chain(bound).enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            self.line(format_args!("{}{name}=\"{value}\"", if place == 0 { "{" } else { "," }));
        }
        if !labels.is_empty() || bound.is_some() {
            self.0.push('}');
        }
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        self.0.write_fmt(text).expect("writing to a string does not fail");
    }
}

/// Seconds, exactly, without a float in between.
fn seconds(micros: u64) -> String {
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:06}").trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_reads_as_prometheus_expects() {
        let mut page = Page::default();
        page.metric("linli_calls_total", Sort::Counter, "Calls by outcome.");
        page.sample("linli_calls_total", &[("component", "a\"b\\c\n"), ("outcome", "ok")], 3);
        page.single("linli_up", Sort::Gauge, "Whether.", 1);
        page.metric("linli_seconds", Sort::Histogram, "How long.");
        page.histogram("linli_seconds", &[("component", "x")], &[500, 2_000_000], &[2, 1, 4], 1_500_001);
        assert_eq!(
            page.finish(),
            "# HELP linli_calls_total Calls by outcome.\n\
             # TYPE linli_calls_total counter\n\
             linli_calls_total{component=\"a\\\"b\\\\c\\n\",outcome=\"ok\"} 3\n\
             # HELP linli_up Whether.\n\
             # TYPE linli_up gauge\n\
             linli_up 1\n\
             # HELP linli_seconds How long.\n\
             # TYPE linli_seconds histogram\n\
             linli_seconds_bucket{component=\"x\",le=\"0.0005\"} 2\n\
             linli_seconds_bucket{component=\"x\",le=\"2\"} 3\n\
             linli_seconds_bucket{component=\"x\",le=\"+Inf\"} 7\n\
             linli_seconds_sum{component=\"x\"} 1.500001\n\
             linli_seconds_count{component=\"x\"} 7\n"
        );
    }
}
