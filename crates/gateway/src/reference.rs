//! The reference page: an OpenAPI document as one HTML file that needs nothing else, neither scripts nor a network.
//!
//! It keeps to the rules for elder-friendly pages (MIIT 2021): text of 18 px and more that follows the browser's setting,
//! line spacing of 1.6, contrast above 4.5:1, touch targets of 44 px and more, nothing told by colour alone.

use serde_json::{Map, Value};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.125rem/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;max-width:60rem;margin:0 auto;\
padding:1rem;background:#fff;color:#1a1a1a}\
h1{font-size:1.9rem}h2{font-size:1.5rem;margin-top:2.5rem;border-bottom:2px solid #767676}h3{font-size:1.2rem;margin:1.2rem 0 .4rem}\
a{color:#0b4f9e}nav li{min-height:2.75rem}nav a{display:inline-block;padding:.5rem 0}\
details{border:1px solid #767676;border-radius:.5rem;margin:.75rem 0}\
summary{min-height:3.75rem;padding:.75rem 1rem;cursor:pointer;box-sizing:border-box}\
summary:focus-visible,a:focus-visible{outline:3px solid #0b4f9e;outline-offset:2px}\
.inside{padding:0 1rem 1rem}.en{display:block;color:#4a4a4a}\
code,pre{font:1.125rem/1.5 ui-monospace,Menlo,Consolas,monospace}code{overflow-wrap:anywhere}\
pre{background:#f4f4f4;padding:.75rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}\
.method{font-weight:700;border:2px solid currentColor;border-radius:.3rem;padding:0 .4rem}\
table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top}\
@media(prefers-color-scheme:dark){body{background:#161616;color:#f2f2f2}a{color:#8ec2ff}.en{color:#c8c8c8}pre{background:#262626}\
summary:focus-visible,a:focus-visible{outline-color:#8ec2ff}}\
@media print{details>*{display:block}}";

/// `Content-Security-Policy` for the page: its own inline style and nothing else.
pub const REFERENCE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page for a document that [`crate::openapi()`] made. Chinese first, English beside it.
pub fn reference_page(document: &Value) -> String {
    let mut page = Page(String::with_capacity(64 * 1024));
    page.raw("<!doctype html><html lang=\"zh\"><head><meta charset=\"utf-8\">");
    page.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>邻里 Linli · 接口说明 API reference</title><style>");
    page.raw(STYLE);
    page.raw("</style></head><body><header><h1>邻里 · 接口说明 ");
    page.english("Linli API reference");
    page.raw("</h1><p>机器可读的版本：<a href=\"/openapi.json\">openapi.json</a>");
    page.english("For programs: the same as OpenAPI 3.1");
    page.raw("</p></header>");
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    page.contents(&tags);
    page.raw("<main>");
    for tag in tags {
        page.component(document, tag);
    }
    page.problems();
    page.raw("</main></body></html>");
    page.0
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
    }

    fn english(&mut self, text: &str) {
        self.raw("<span class=\"en\" lang=\"en\">");
        self.text(text);
        self.raw("</span>");
    }

    /// Chinese, and English below it.
    fn titled(&mut self, titles: &Value) {
        self.text(titles["zh"].as_str().unwrap_or_default());
        self.english(titles["en"].as_str().unwrap_or_default());
    }

    fn heading(&mut self, zh: &str, en: &str) {
        self.raw("<h3>");
        self.text(zh);
        self.english(en);
        self.raw("</h3>");
    }

    fn code(&mut self, text: &str) {
        self.raw("<code>");
        self.text(text);
        self.raw("</code>");
    }

    fn contents(&mut self, tags: &[&Value]) {
        self.raw("<nav aria-label=\"目录 Contents\"><ul>");
        for tag in tags {
            self.raw("<li><a href=\"#");
            self.text(tag["name"].as_str().unwrap_or_default());
            self.raw("\">");
            self.titled(&tag["x-linli-title"]);
            self.raw("</a></li>");
        }
        self.raw("</ul></nav>");
    }

    fn component(&mut self, document: &Value, tag: &Value) {
        let name = tag["name"].as_str().unwrap_or_default();
        self.raw("<section id=\"");
        self.text(name);
        self.raw("\"><h2>");
        self.titled(&tag["x-linli-title"]);
        self.raw("</h2><p>");
        self.code(name);
        self.raw(" ");
        self.text(tag["x-linli-version"].as_str().unwrap_or_default());
        self.raw("</p>");
        for (path, methods) in members(&document["paths"]) {
            for (method, operation) in members(methods).filter(|(_, o)| o["tags"][0] == name) {
                self.operation(document, path, method, operation);
            }
        }
        self.raw("</section>");
    }

    fn operation(&mut self, document: &Value, path: &str, method: &str, operation: &Value) {
        self.raw("<details id=\"");
        self.text(operation["operationId"].as_str().unwrap_or_default());
        self.raw("\"><summary><span class=\"method\">");
        self.text(&method.to_ascii_uppercase());
        self.raw("</span> ");
        self.code(path);
        self.raw("<br>");
        self.titled(&operation["x-linli-title"]);
        self.raw("</summary><div class=\"inside\">");
        self.callers(operation);
        self.parameters(document, operation);
        if let Some(schema) = operation["requestBody"]["content"]["application/json"].get("schema") {
            self.heading("请求内容", "Request body");
            self.schema(document, schema);
        }
        for (status, response) in members(&operation["responses"]) {
            if let Some(schema) = response["content"]["application/json"].get("schema") {
                self.heading(&format!("答复 {status}"), "Reply");
                self.schema(document, schema);
            }
        }
        self.raw("</div></details>");
    }

    fn callers(&mut self, operation: &Value) {
        self.heading("谁可以办理", "Who may call it");
        self.raw("<p>");
        for (i, role) in operation["x-linli-roles"].as_array().into_iter().flatten().enumerate() {
            self.raw(if i == 0 { "" } else { "、" });
            self.code(role.as_str().unwrap_or_default());
        }
        self.raw("</p>");
    }

    fn parameters(&mut self, document: &Value, operation: &Value) {
        self.heading("参数", "Parameters");
        self.raw("<table><thead><tr><th scope=\"col\">名称 Name</th><th scope=\"col\">位置 In</th><th scope=\"col\">必填 Required</th><th scope=\"col\">规则 Rule</th></tr></thead><tbody>");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = followed(document, parameter);
            self.raw("<tr><td>");
            self.code(parameter["name"].as_str().unwrap_or_default());
            self.raw("</td><td>");
            self.text(parameter["in"].as_str().unwrap_or_default());
            self.raw("</td><td>");
            self.raw(if parameter["required"] == true { "是 yes" } else { "否 no" });
            self.raw("</td><td>");
            self.text(parameter["description"].as_str().unwrap_or_default());
            self.raw(" ");
            self.code(&parameter["schema"].to_string());
            self.raw("</td></tr>");
        }
        self.raw("</tbody></table>");
    }

    /// The schema, and once each what it refers to.
    fn schema(&mut self, document: &Value, schema: &Value) {
        self.json(schema);
        let mut shown = Vec::new();
        let mut waiting = vec![schema];
        while let Some(schema) = waiting.pop() {
            for target in references(schema) {
                if !shown.contains(&target) {
                    shown.push(target);
                    let definition = document.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
                    self.raw("<p>");
                    self.code(target);
                    self.raw("</p>");
                    self.json(definition);
                    waiting.push(definition);
                }
            }
        }
    }

    fn json(&mut self, value: &Value) {
        self.raw("<pre>");
        self.text(&format!("{value:#}"));
        self.raw("</pre>");
    }

    fn problems(&mut self) {
        self.raw("<section id=\"problems\"><h2>未办理时 ");
        self.english("When something was not done");
        self.raw("</h2><p>答复为 <code>application/problem+json</code>（RFC 9457）：<code>code</code> 供程序判断，<code>detail_zh</code> 与 <code>detail_en</code> 供人阅读；内容有误时 <code>errors</code> 逐项列出位置与原因。");
        self.english("The answer is application/problem+json (RFC 9457): code is for programs, detail_zh and detail_en are for people; when the input is wrong, errors lists each place and reason.");
        self.raw("</p></section>");
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str);
    target.and_then(|target| document.pointer(target.trim_start_matches('#'))).unwrap_or(value)
}

fn references(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value {
                // A literal that looks like a reference leads nowhere near these.
                Value::String(target) if name == "$ref" && target.starts_with("#/components/schemas/") => {
                    vec![target.as_str()]
                }
                other => references(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
