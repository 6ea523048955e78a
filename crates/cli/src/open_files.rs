//! Room for connections: each is an open file, and many systems allow a process 1,024 until it asks for more.

/// Raises the soft limit of open files to the hard one, and tells the limit. Harmless where it cannot.
pub fn raise_limit() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // Refused: the limit stays as it was, and connections beyond it wait to be accepted.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    getrlimit(Resource::Nofile).current
}
