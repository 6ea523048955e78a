-- Rows of all partitions, clustered: a partition's rows lie together, in the order of their keys.
CREATE TABLE rows (
    -- 0 for the platform, else the 12-digit code of the community.
    partition INTEGER NOT NULL,
    key BLOB NOT NULL,
    -- Number of the commit that wrote it, within the partition.
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (partition, key)
) STRICT, WITHOUT ROWID;

-- Names interned for the store; ids count from 1 and are never reused, since no row is ever deleted.
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
