//! The line on which a value of a JSON text stands, for errors that name it.

/// The line, from 1, of the value at an RFC 6901 pointer; of the last value on the way to it when it is not there. The
/// text is JSON.
pub fn line_of(text: &str, pointer: &str) -> usize {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    for step in pointer.split('/').skip(1) {
        if !scan.enter(&step.replace("~1", "/").replace("~0", "~")) {
            break;
        }
    }
    scan.blank();
    text.bytes().take(scan.at).filter(|b| *b == b'\n').count() + 1
}

struct Scan<'t> {
    bytes: &'t [u8],
    /// Before a value.
    at: usize,
}

impl Scan<'_> {
    fn here(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    fn blank(&mut self) {
        while self.here().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    /// Goes to a member or item of the value here; stays where it is, and says no, when there is none.
    fn enter(&mut self, step: &str) -> bool {
        self.blank();
        let start = self.at;
        let named = match self.here() {
            b'{' => true,
            b'[' => false,
            _ => return false,
        };
        let mut index = 0;
        loop {
            self.at += 1;
            self.blank();
            if matches!(self.here(), b'}' | b']' | 0) {
                self.at = start;
                return false;
            }
            let found = if named {
                let name = self.string();
                self.blank();
                self.at += 1;
                name.as_deref() == Some(step)
            } else {
                step.parse() == Ok(index)
            };
            if found {
                return true;
            }
            index += 1;
            self.skip();
            self.blank();
        }
    }

    /// The string here, unescaped; ends behind it.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        while !matches!(self.here(), b'"' | 0) {
            self.at += if self.here() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_slice(self.bytes.get(start..self.at)?).ok()
    }

    /// Ends behind the value here.
    fn skip(&mut self) {
        self.blank();
        let mut depth = 0;
        loop {
            match self.here() {
                b'"' => drop(self.string()),
                b'{' | b'[' => (self.at, depth) = (self.at + 1, depth + 1),
                b'}' | b']' if depth > 0 => (self.at, depth) = (self.at + 1, depth - 1),
                b',' | b'}' | b']' | 0 if depth == 0 => return,
                0 => return,
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_has_a_line() {
        let text = "{\n  \"a\": [1,\n    {\"b\\\"]\": \"}\",\n     \"c/d\": [[], {}]}],\n  \"e\": 2\n}\n";
        for (pointer, line) in [
            ("", 1),
            ("/a", 2),
            ("/a/0", 2),
            ("/a/1", 3),
            ("/a/1/b\"]", 3),
            ("/a/1/c~1d", 4),
            ("/a/1/c~1d/1", 4),
            ("/e", 5),
            ("/f", 1),
            ("/a/7", 2),
            ("/e/x", 5),
        ] {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
    }
}
