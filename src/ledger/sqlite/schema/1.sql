-- Schema 1. Instants are RFC 3339 UTC text of fixed width, so they compare as text; prices and percents are NUMERIC of at
-- most 15 significant digits, which SQLite holds exactly and SUM, AVG and comparisons understand.

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so a worker's id means one row for ever
    session_number INTEGER NOT NULL,
    capture_group INTEGER NOT NULL,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL CHECK (month BETWEEN 1 AND 12),
    date INTEGER NOT NULL CHECK (date BETWEEN 1 AND 31),
    day TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    country TEXT NOT NULL,
    future TEXT NOT NULL,
    country_future INTEGER NOT NULL,
    country_future_wndw_total INTEGER NOT NULL,
    weight INTEGER,
    bhs TEXT CHECK (bhs IN ('STRONG_BUY', 'BUY', 'HOLD', 'SELL', 'STRONG_SELL')),
    wndw TEXT NOT NULL CHECK (wndw IN ('PENDING', 'WORKED', 'DIDNT_WORK', 'NEUTRAL')),
    bid_price NUMERIC,
    bid_size INTEGER,
    last_price NUMERIC,
    spread NUMERIC,
    ask_price NUMERIC,
    ask_size INTEGER,
    volume INTEGER,
    entry_price NUMERIC,
    target_high NUMERIC,
    target_low NUMERIC,
    no_entry_reason TEXT,
    target_hit_at TEXT,
    target_hit_price NUMERIC,
    target_hit_type TEXT CHECK (target_hit_type IN ('TARGET', 'STOP')),
    market_open NUMERIC,
    market_high_open NUMERIC,
    market_high_pct_open NUMERIC,
    market_low_open NUMERIC,
    market_low_pct_open NUMERIC,
    market_close NUMERIC,
    market_high_pct_close NUMERIC,
    market_low_pct_close NUMERIC,
    market_close_vs_open_pct NUMERIC,
    market_range NUMERIC,
    market_range_pct NUMERIC,
    prev_close_24h NUMERIC,
    open_price_24h NUMERIC,
    open_prev_diff_24h NUMERIC,
    open_prev_pct_24h NUMERIC,
    low_24h NUMERIC,
    high_24h NUMERIC,
    range_diff_24h NUMERIC,
    range_pct_24h NUMERIC,
    low_52w NUMERIC,
    low_pct_52w NUMERIC,
    high_52w NUMERIC,
    high_pct_52w NUMERIC,
    range_52w NUMERIC,
    range_pct_52w NUMERIC,
    weighted_average NUMERIC,
    instrument_count INTEGER,
    strong_buy_worked INTEGER,
    strong_buy_worked_percentage NUMERIC,
    strong_buy_didnt_work INTEGER,
    strong_buy_didnt_work_percentage NUMERIC,
    buy_worked INTEGER,
    buy_worked_percentage NUMERIC,
    buy_didnt_work INTEGER,
    buy_didnt_work_percentage NUMERIC,
    sell_worked INTEGER,
    sell_worked_percentage NUMERIC,
    sell_didnt_work INTEGER,
    sell_didnt_work_percentage NUMERIC,
    strong_sell_worked INTEGER,
    strong_sell_worked_percentage NUMERIC,
    strong_sell_didnt_work INTEGER,
    strong_sell_didnt_work_percentage NUMERIC,
    hold INTEGER,
    capture_delay_ms INTEGER,
    data_gap TEXT,
    UNIQUE (country, year, month, date, future)
);

CREATE INDEX sessions_by_date ON sessions (year, month, date, session_number);
CREATE INDEX sessions_by_number ON sessions (session_number);
CREATE INDEX sessions_by_country_future ON sessions (country, future, country_future);
-- Answers the statistics without a look at the rows.
CREATE INDEX sessions_history ON sessions (country, future, bhs, wndw, captured_at);
-- Answers the grader without a look at the rows; empty most of the day.
CREATE INDEX sessions_pending ON sessions
    (country, future, year, month, date, captured_at, bhs, entry_price, target_high, target_low)
    WHERE wndw = 'PENDING';
CREATE INDEX sessions_unclosed ON sessions (country, year, month, date)
    WHERE market_open IS NOT NULL AND market_close IS NULL;

-- The highest number ever given: numbers of rows that were purged are not given again.
CREATE TABLE numbering (last INTEGER NOT NULL);
INSERT INTO numbering VALUES (0);

CREATE TRIGGER sessions_number AFTER INSERT ON sessions BEGIN
    UPDATE numbering SET last = max(NEW.session_number, NEW.capture_group)
        WHERE last < max(NEW.session_number, NEW.capture_group);
END;

-- REPLACE would delete a graded row before the UNIQUE constraint is asked.
CREATE TRIGGER sessions_not_replaced BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM sessions WHERE country = NEW.country AND year = NEW.year AND month = NEW.month
    AND date = NEW.date AND future = NEW.future)
    OR EXISTS (SELECT 1 FROM sessions WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'this future of this market and date is in the ledger already');
END;

CREATE TRIGGER sessions_not_missed BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM missed_captures WHERE market = NEW.country
    AND session_date = printf('%04d-%02d-%02d', NEW.year, NEW.month, NEW.date))
BEGIN
    SELECT RAISE(ABORT, 'the open of this market and date was recorded as missed');
END;

CREATE TRIGGER sessions_captured_columns_stay BEFORE UPDATE OF
    id, year, month, date, day, captured_at, country, future, weight, bhs, bid_price, bid_size, last_price,
    spread, ask_price, ask_size, volume, entry_price, target_high, target_low, no_entry_reason,
    prev_close_24h, open_price_24h, open_prev_diff_24h, open_prev_pct_24h, low_24h, high_24h,
    range_diff_24h, range_pct_24h, low_52w, low_pct_52w, high_52w, high_pct_52w, range_52w, range_pct_52w,
    weighted_average, instrument_count, strong_buy_worked, strong_buy_worked_percentage,
    strong_buy_didnt_work, strong_buy_didnt_work_percentage, buy_worked, buy_worked_percentage,
    buy_didnt_work, buy_didnt_work_percentage, sell_worked, sell_worked_percentage, sell_didnt_work,
    sell_didnt_work_percentage, strong_sell_worked, strong_sell_worked_percentage, strong_sell_didnt_work,
    strong_sell_didnt_work_percentage, hold
ON sessions BEGIN
    SELECT RAISE(ABORT, 'what was captured does not change');
END;

CREATE TRIGGER sessions_outcome_is_final BEFORE UPDATE OF wndw, target_hit_at, target_hit_price, target_hit_type ON sessions
WHEN OLD.wndw <> 'PENDING'
BEGIN
    SELECT RAISE(ABORT, 'a final outcome does not change');
END;

CREATE TRIGGER sessions_outcome_has_its_hit BEFORE UPDATE OF wndw, target_hit_at, target_hit_price, target_hit_type ON sessions
WHEN OLD.wndw = 'PENDING' AND (
    (NEW.wndw IN ('WORKED', 'DIDNT_WORK')) <> (NEW.target_hit_at IS NOT NULL)
    OR (NEW.wndw IN ('WORKED', 'DIDNT_WORK')) <> (NEW.target_hit_price IS NOT NULL)
    OR (NEW.wndw IN ('WORKED', 'DIDNT_WORK')) <> (NEW.target_hit_type IS NOT NULL))
BEGIN
    SELECT RAISE(ABORT, 'WORKED and DIDNT_WORK have a hit, PENDING and NEUTRAL have none');
END;

CREATE TABLE missed_captures (
    market TEXT NOT NULL,
    session_date TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (market, session_date)
) WITHOUT ROWID;

CREATE TRIGGER missed_captures_not_captured BEFORE INSERT ON missed_captures
WHEN EXISTS (SELECT 1 FROM sessions WHERE country = NEW.market
    AND year = CAST(substr(NEW.session_date, 1, 4) AS INTEGER)
    AND month = CAST(substr(NEW.session_date, 6, 2) AS INTEGER)
    AND date = CAST(substr(NEW.session_date, 9, 2) AS INTEGER))
BEGIN
    SELECT RAISE(ABORT, 'the open of this market and date was captured');
END;

-- New York dates. Kept for ever: eleven rows a day, and they are what all-time extremes can be checked against.
CREATE TABLE daily_ranges (
    future TEXT NOT NULL,
    day TEXT NOT NULL,
    high NUMERIC NOT NULL,
    low NUMERIC NOT NULL,
    PRIMARY KEY (future, day),
    CHECK (high >= low)
) WITHOUT ROWID;

CREATE TABLE extremes (
    future TEXT PRIMARY KEY,
    high_52w NUMERIC,
    high_52w_on TEXT,
    low_52w NUMERIC,
    low_52w_on TEXT,
    all_time_high NUMERIC,
    all_time_high_on TEXT,
    all_time_low NUMERIC,
    all_time_low_on TEXT,
    last_price NUMERIC,
    checked_at TEXT
) WITHOUT ROWID;

CREATE TABLE extreme_seeds (
    future TEXT PRIMARY KEY,
    high_52w NUMERIC,
    high_52w_on TEXT,
    low_52w NUMERIC,
    low_52w_on TEXT
) WITHOUT ROWID;

-- Millions of rows a year, so the minute is a number: seconds since 1970, datetime(minute, 'unixepoch').
CREATE TABLE vwap_minutes (
    future TEXT NOT NULL,
    minute INTEGER NOT NULL CHECK (minute % 60 = 0),
    last NUMERIC NOT NULL,
    volume INTEGER NOT NULL,
    PRIMARY KEY (future, minute)
) WITHOUT ROWID;

-- One row: since when opens are watched. What opened and closed before that was not missed.
CREATE TABLE watched (since TEXT NOT NULL);
