-- A block that holds only because the policy's default was blocked: lifting the default lifts it too.
ALTER TABLE blocked_row ADD COLUMN by_default BIGINT NOT NULL DEFAULT 0;

-- What two members of staff do together concerns an account, or a row of the policy of countries.
ALTER TABLE staff_request ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE staff_request ADD COLUMN row_name TEXT;
ALTER TABLE staff_request ADD CHECK ((account_id IS NULL) <> (row_name IS NULL));
CREATE UNIQUE INDEX staff_request_of_row ON staff_request (row_name, act)
    WHERE settled_at IS NULL AND row_name IS NOT NULL;

-- Which announced change of its residence's rules an account was last told of before its date.
CREATE TABLE told_ahead (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    mode TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL
);
