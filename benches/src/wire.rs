//! As much of HTTP/1.1 as a load generator needs: requests made once and sent many times, replies read for their
//! status and skipped.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of a reply's head. Ours have a few hundred.
const MAX_HEAD: usize = 16 * 1024;
/// Bytes of a reply that is looked at, not skipped.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// A request as it goes over the wire. The connection is kept.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        bytes.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    } else if method != "GET" {
        bytes.push_str("content-length: 0\r\n");
    }
    bytes.push_str("\r\n");
    bytes.push_str(body);
    bytes.into_bytes()
}

/// A connection with at most one request under way.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects, without Nagle's delay.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(MAX_HEAD) })
    }

    /// Sends a request, waits for the whole reply, and gives its status.
    pub async fn call(&mut self, request: &[u8]) -> Result<u16> {
        self.exchange(request).await.map(|(status, _)| status)
    }

    /// Like [`Connection::call`], with the reply's body.
    pub async fn fetch(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        let (status, head) = self.exchange(request).await?;
        Ok((status, self.buffer[head..].to_vec()))
    }

    /// Leaves the reply, and nothing else, in the buffer; its status, and the length of its head.
    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, usize)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read_more().await?;
            if let Some(end) = find_head_end(&self.buffer) {
                break end;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(malformed("a reply without end of its head"));
            }
        };
        let (status, length) = parse_head(&self.buffer[..head])?;
        if length > MAX_BODY {
            return Err(malformed("a reply larger than any of ours"));
        }
        while self.buffer.len() < head + length {
            self.read_more().await?;
        }
        if self.buffer.len() > head + length {
            return Err(malformed("more bytes than the reply announced"));
        }
        Ok((status, head))
    }

    async fn read_more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(Error::new(ErrorKind::UnexpectedEof, "the server closed the connection")),
            _ => Ok(()),
        }
    }
}

fn find_head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|start| start + 4)
}

/// Status, and bytes of the body.
fn parse_head(head: &[u8]) -> Result<(u16, usize)> {
    let text = std::str::from_utf8(head).map_err(|_| malformed("a head that is not text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| malformed("no HTTP/1.1 status line"))?;
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| malformed("a content-length that is no number"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(malformed("a chunked reply, whose end is not looked for"));
        }
    }
    Ok((status, length))
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_a_server_expects() {
        let made = request("POST", "/a", &[("idempotency-key", "k")], "{}");
        let expected = "POST /a HTTP/1.1\r\nhost: localhost\r\nidempotency-key: k\r\n\
                        content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(String::from_utf8(made).unwrap(), expected);
        let made = request("GET", "/", &[], "");
        assert_eq!(String::from_utf8(made).unwrap(), "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    }

    #[test]
    fn a_head_gives_status_and_length() {
        let head = b"HTTP/1.1 201 Created\r\nContent-Length: 17\r\ndate: now\r\n\r\n";
        assert_eq!(find_head_end(head), Some(head.len()));
        assert_eq!(parse_head(head).unwrap(), (201, 17));
        assert_eq!(parse_head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), (204, 0));
        assert!(parse_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(parse_head(b"HTTP/2 200\r\n\r\n").is_err());
    }
}
