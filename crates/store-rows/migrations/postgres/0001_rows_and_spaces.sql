-- That these tables are ours, and the number of their format: one row.
CREATE TABLE linli (
    format integer NOT NULL
);

-- As in ../0001_rows_and_spaces.sql. Every commit of a community writes its head anew, and often a counter: room is left for
-- that on the row's own page, where the index need not be told of it.
CREATE TABLE rows (
    partition bigint NOT NULL,
    key bytea NOT NULL,
    version bigint NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (partition, key)
) WITH (fillfactor = 90);

-- Ids may have gaps here.
CREATE TABLE spaces (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE
);
