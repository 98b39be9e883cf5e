-- Schema 2: failures of workers, outages, the last sign of life, and since when quotes stand still.

-- A failure that comes again is counted, so a crash loop is one row. '' is no location: each NULL would be another one.
CREATE TABLE crashes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number that is shown; never another's
    supervisor TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('error', 'panic', 'hang', 'spawn')),
    message TEXT NOT NULL,
    location TEXT NOT NULL DEFAULT '',
    phase TEXT,
    generation INTEGER NOT NULL,
    stack TEXT,
    events TEXT NOT NULL, -- a line an event, the oldest first
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL CHECK (last_at >= first_at),
    counted INTEGER NOT NULL CHECK (counted > 0),
    UNIQUE (supervisor, kind, message, location)
);

CREATE INDEX crashes_by_time ON crashes (last_at);

CREATE TRIGGER crashes_bounded AFTER INSERT ON crashes BEGIN
    DELETE FROM crashes WHERE id IN (SELECT id FROM crashes ORDER BY last_at DESC, id DESC LIMIT -1 OFFSET 500);
END;

-- '' is the whole process. An end is NULL while the outage goes on.
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    supervisor TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL CHECK (reason IN
        ('error', 'panic', 'hang', 'spawn', 'bus_down', 'workbook_stale', 'process_down', 'suspend')),
    started_at TEXT NOT NULL,
    ended_at TEXT CHECK (ended_at >= started_at),
    cycles_lost INTEGER CHECK (cycles_lost >= 0),
    detail TEXT,
    UNIQUE (supervisor, reason, started_at)
);

CREATE UNIQUE INDEX gaps_open_once ON gaps (supervisor, reason) WHERE ended_at IS NULL;
CREATE INDEX gaps_by_time ON gaps (started_at);

CREATE TRIGGER gaps_bounded AFTER INSERT ON gaps BEGIN
    DELETE FROM gaps WHERE id IN (SELECT id FROM gaps ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET 10000);
END;

CREATE TRIGGER gaps_that_ended_stay BEFORE UPDATE ON gaps WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a gap that has ended does not change');
END;

-- One row: the last sign of life. Who starts later knows from it for how long nobody was there.
CREATE TABLE alive (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TEXT NOT NULL,
    stopped INTEGER NOT NULL CHECK (stopped IN (0, 1))
);

CREATE TABLE standing (
    symbol TEXT PRIMARY KEY,
    said TEXT NOT NULL,
    since TEXT NOT NULL
) WITHOUT ROWID;
