-- One row for each journal that a host sends.
CREATE TABLE journals (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin          text COLLATE "C" NOT NULL UNIQUE,
    host            text COLLATE "C" NOT NULL,
    monitor         text COLLATE "C",
    first_seen      timestamptz NOT NULL,
    last_seen       timestamptz NOT NULL,
    -- All records before this index are stored.
    next_index      bigint NOT NULL DEFAULT 0,
    highest_index   bigint NOT NULL DEFAULT -1,
    -- Since when a record is missing before one that is stored; null when none is.
    hole_since      timestamptz,
    -- Of the record with the highest index.
    last_kind       text COLLATE "C",
    last_at         timestamptz,
    first_key       text,
    is_key_pinned   boolean NOT NULL DEFAULT false,
    witness         bytea,
    -- Checkpoints whose records are not here yet.
    pending         bytea[] NOT NULL DEFAULT '{}',
    checkpoint_size bigint,
    checkpoint_at   timestamptz,
    replaced_by     integer REFERENCES journals (id),
    -- Two collectors must not both believe to know where a journal is.
    revision        bigint NOT NULL DEFAULT 0
);

CREATE INDEX journals_host ON journals (host, monitor);

-- Every checkpoint that was found to be true: what an anchor keeps.
CREATE TABLE checkpoints (
    journal_id integer NOT NULL REFERENCES journals (id),
    size       bigint NOT NULL,
    note       text COLLATE "C" NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (journal_id, size)
);

-- The journal's lines as they are, and what they are searched by. The key has to contain the column that partitions.
CREATE TABLE records (
    journal_id    integer NOT NULL,
    index         bigint NOT NULL,
    line          bytea NOT NULL,
    event_id      uuid,
    kind          text COLLATE "C",
    origin        text COLLATE "C",
    -- The first 600 characters: a name may be longer than an entry of an index. All of it is in the next two where it is longer.
    path          text COLLATE "C",
    old_path      text COLLATE "C",
    long_path     text COLLATE "C",
    long_old_path text COLLATE "C",
    root          text COLLATE "C",
    sha256        bytea,
    -- The first eight bytes of sha256: an index over these is a third of the size.
    sha_key       bigint,
    actor_user    text COLLATE "C",
    actor_program text COLLATE "C",
    actor_process integer,
    -- Null for records that tell nothing that happened to a file or to the monitor.
    occurred_at   timestamptz,
    stored_at     timestamptz NOT NULL,
    PRIMARY KEY (journal_id, index)
) PARTITION BY HASH (journal_id);

CREATE TABLE records_0 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE records_1 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE records_2 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE records_3 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE records_4 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE records_5 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE records_6 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE records_7 PARTITION OF records FOR VALUES WITH (MODULUS 8, REMAINDER 7);

-- Each in the order of the answers, newest first, so that a page is read from the index and nothing is sorted.
CREATE INDEX records_time ON records (occurred_at, journal_id, index) WHERE occurred_at IS NOT NULL;
CREATE INDEX records_host ON records (journal_id, occurred_at, index) WHERE occurred_at IS NOT NULL;
CREATE INDEX records_sha ON records (sha_key, occurred_at, journal_id, index) WHERE sha_key IS NOT NULL;
CREATE INDEX records_user ON records (actor_user, occurred_at, journal_id, index) WHERE actor_user IS NOT NULL;

-- Searched by their beginning; what orders the answers is in them, so that the rows of a directory are counted and sorted without reading them.
CREATE INDEX records_path ON records (path, occurred_at, journal_id, index) WHERE path IS NOT NULL;
CREATE INDEX records_old_path ON records (old_path, occurred_at, journal_id, index) WHERE old_path IS NOT NULL;

-- Most records are of these five kinds, and somebody who looks for one of the others would wait for a scan.
CREATE INDEX records_rare ON records (kind, occurred_at, journal_id, index) WHERE kind NOT IN ('Created', 'Modified', 'Deleted', 'Renamed', 'AttributesChanged');

CREATE TABLE incidents (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text COLLATE "C" NOT NULL,
    journal_id  integer NOT NULL REFERENCES journals (id),
    -- What it is about, where one journal can have several at a time: the index of a hole.
    subject     bigint NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz,
    detail      text NOT NULL
);

-- One that is open is not opened again.
CREATE UNIQUE INDEX incidents_open ON incidents (journal_id, kind, subject) WHERE until IS NULL;
