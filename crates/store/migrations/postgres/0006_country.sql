-- The countries that an account was entered from; the last one tells where it was last.
CREATE TABLE account_country (
    account_id UUID NOT NULL REFERENCES account (id),
    country TEXT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, country)
);

-- Rows of the policy that were blocked once. A policy file that merely drops one lifts nothing: two members of staff do.
CREATE TABLE blocked_row (
    name TEXT PRIMARY KEY NOT NULL,
    since BIGINT NOT NULL,
    first_by UUID,
    first_at BIGINT,
    second_by UUID,
    lifted_at BIGINT
);

-- Accounts whose block two members of staff have lifted, or one has approved to lift.
CREATE TABLE lifted_account (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    first_by UUID NOT NULL,
    first_at BIGINT NOT NULL,
    second_by UUID,
    lifted_at BIGINT
);

-- Which mode of its residence an account was last told of; without a row it is open.
CREATE TABLE told_mode (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    mode TEXT NOT NULL,
    told_at BIGINT NOT NULL
);
