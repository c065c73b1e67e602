-- written by: alerts

-- What is to be sent to whom; a row is written with its journal entry and survives a crash. Its id is what a receiver
-- knows a repetition by.
-- channel: of the plant file; person and address: one person's own there, NULL: the channel's group. high: goes first.
-- via: the channel that has it since via_since because of `moved`; NULL: its own channel. moves: how often it moved.
-- pending: waits. sending: an attempt is under way, until attempt_deadline. sent: a relay has taken it, as a mail
-- server. delivered: the receiver has taken it. bundled: it stood in the message of delivery bundled_in. failed: is not
-- tried any more; provider_answer says why.
-- A pending row with bundled_in goes again in the same message: its answer was cut off, or parts of it wait.
-- parts_done: of a long text, the parts that were taken. refused: how often the receiver has answered that it does not
-- take this message; a receiver that takes nothing is in channel_trouble. possible_repeat: how often an answer was cut
-- off, so that the receiver may have it already.
CREATE TABLE delivery (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    journal bigint NOT NULL REFERENCES alarm_journal,
    channel text NOT NULL,
    person text,
    address text,
    language text CHECK (language IN ('en', 'zh')),
    high boolean NOT NULL DEFAULT false,
    posted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'sending', 'sent', 'delivered', 'bundled', 'failed')),
    via text,
    via_since timestamptz,
    moved text CHECK (length(moved) <= 400),
    moves integer NOT NULL DEFAULT 0 CHECK (moves >= 0),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    attempted_at timestamptz,
    attempt_deadline timestamptz,
    next_attempt_at timestamptz NOT NULL CHECK (next_attempt_at >= '2000-01-01Z' AND next_attempt_at < '2200-01-01Z'),
    parts_done integer NOT NULL DEFAULT 0 CHECK (parts_done >= 0),
    refused integer NOT NULL DEFAULT 0 CHECK (refused >= 0),
    possible_repeat integer NOT NULL DEFAULT 0 CHECK (possible_repeat >= 0),
    bundled_in bigint REFERENCES delivery,
    delivered_at timestamptz,
    provider_answer text CHECK (length(provider_answer) <= 400),
    CONSTRAINT delivery_address_is_a_persons CHECK (address IS NULL OR person IS NOT NULL),
    CONSTRAINT delivery_via_has_a_reason CHECK (num_nulls(via, via_since, moved) IN (0, 3)),
    CONSTRAINT delivery_attempt_ends CHECK (
        (state = 'sending') = (attempt_deadline IS NOT NULL) AND (state <> 'sending' OR attempted_at IS NOT NULL)),
    CONSTRAINT delivery_taken_at CHECK ((state IN ('sent', 'delivered', 'bundled')) = (delivered_at IS NOT NULL)),
    CONSTRAINT delivery_bundled_in_one CHECK (
        state <> 'bundled' OR (bundled_in IS NOT NULL AND bundled_in <> id)),
    CONSTRAINT delivery_again_in_the_same CHECK (
        state <> 'pending' OR bundled_in IS NULL OR possible_repeat > 0 OR parts_done > 0),
    CONSTRAINT delivery_failed_for_a_reason CHECK (state <> 'failed' OR provider_answer IS NOT NULL)
);
-- One message for each journal entry, channel and person.
CREATE UNIQUE INDEX delivery_once ON delivery (journal, channel, coalesce(person, ''));
CREATE INDEX delivery_open ON delivery (coalesce(via, channel), high DESC, id) WHERE delivered_at IS NULL;
CREATE INDEX delivery_bundle ON delivery (bundled_in) WHERE bundled_in IS NOT NULL;

-- Each time that a message was sent, and what the receiver answered; the answer is written once, nothing else changes.
-- via: the channel that sent it. status and code: of HTTP or SMTP, and of the provider in its answer. cut_off: it may
-- have been taken.
CREATE TABLE delivery_attempt (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    delivery bigint NOT NULL REFERENCES delivery,
    via text NOT NULL,
    part integer NOT NULL DEFAULT 1 CHECK (part >= 1),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    result text NOT NULL DEFAULT 'under_way'
        CHECK (result IN ('under_way', 'taken', 'refused', 'too_fast', 'down', 'cut_off')),
    status integer,
    code integer,
    said text CHECK (length(said) <= 400),
    CONSTRAINT delivery_attempt_answered CHECK (
        CASE result WHEN 'under_way' THEN num_nonnulls(answered_at, status, code, said) = 0
                    WHEN 'cut_off' THEN true ELSE answered_at IS NOT NULL END)
);
CREATE INDEX delivery_attempt_of ON delivery_attempt (delivery);
CREATE INDEX delivery_attempt_lately ON delivery_attempt (via, at);

-- Why a channel takes nothing now, since when, and until when it is left alone; a channel without a row works.
CREATE TABLE channel_trouble (
    channel text PRIMARY KEY,
    trouble text NOT NULL CHECK (trouble IN ('down', 'too_fast')),
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL
);

-- Subscriptions of browsers that their push service knows no more; one that is made anew counts again.
CREATE TABLE push_gone (
    endpoint text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
