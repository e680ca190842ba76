CREATE TABLE absence (
    id BIGSERIAL NOT NULL,
    vantage VARCHAR NOT NULL,
    probe VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    start BIGINT NOT NULL,
    "end" BIGINT,
    PRIMARY KEY (id),
    UNIQUE (vantage, probe, reason, start)
);

CREATE INDEX absence_end ON absence ("end");

CREATE TABLE claim_event (
    id BIGSERIAL NOT NULL,
    claim VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    by VARCHAR NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (claim, number)
);

CREATE TABLE definition (
    id BIGSERIAL NOT NULL,
    name VARCHAR NOT NULL,
    text TEXT,
    digest VARCHAR,
    at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE evidence (
    digest VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    content BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);

CREATE TABLE heartbeat (
    vantage VARCHAR NOT NULL,
    alive_at BIGINT NOT NULL,
    PRIMARY KEY (vantage)
);

CREATE TABLE outbox (
    id BIGSERIAL NOT NULL,
    kind VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    recipients TEXT NOT NULL,
    subject VARCHAR NOT NULL,
    mime BYTEA NOT NULL,
    claim VARCHAR,
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    last_error VARCHAR NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (message_id)
);

CREATE INDEX outbox_state_due_at ON outbox (state, due_at);

CREATE TABLE schema_version (
    version SERIAL NOT NULL,
    PRIMARY KEY (version)
);

CREATE TABLE series (
    id BIGSERIAL NOT NULL,
    probe VARCHAR NOT NULL,
    vantage VARCHAR NOT NULL,
    stale_after BIGINT,
    PRIMARY KEY (id),
    UNIQUE (probe, vantage)
);

CREATE TABLE statement (
    id BIGSERIAL NOT NULL,
    agreement VARCHAR NOT NULL,
    "group" VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    by VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (agreement, "group", period, revision)
);

CREATE TABLE fact (
    id BIGSERIAL NOT NULL,
    kind VARCHAR NOT NULL,
    agreement VARCHAR,
    subject VARCHAR NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    by VARCHAR NOT NULL,
    evidence VARCHAR,
    supersedes BIGINT,
    PRIMARY KEY (id),
    FOREIGN KEY(evidence) REFERENCES evidence (digest),
    FOREIGN KEY(supersedes) REFERENCES fact (id)
);

CREATE INDEX fact_agreement_kind ON fact (agreement, kind);

CREATE TABLE failure (
    series_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    duration BIGINT NOT NULL,
    attempt TEXT NOT NULL,
    votes TEXT NOT NULL,
    PRIMARY KEY (series_id, at),
    FOREIGN KEY(series_id) REFERENCES series (id)
);

CREATE TABLE rollup (
    slot INTEGER NOT NULL,
    series_id BIGINT NOT NULL,
    count INTEGER NOT NULL,
    total BIGINT NOT NULL,
    longest BIGINT NOT NULL,
    buckets BYTEA NOT NULL,
    PRIMARY KEY (slot, series_id),
    FOREIGN KEY(series_id) REFERENCES series (id)
);

CREATE TABLE run (
    series_id BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    count BIGINT NOT NULL,
    distance BIGINT NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (series_id, first),
    FOREIGN KEY(series_id) REFERENCES series (id)
);

INSERT INTO schema_version (version) VALUES (1);
