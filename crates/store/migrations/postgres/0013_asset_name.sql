-- What people call an asset. The engine knows it by its number alone; numbers are given in the order of listing.
CREATE TABLE asset_name (
    asset BIGINT PRIMARY KEY NOT NULL,
    symbol TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX asset_name_symbol ON asset_name (symbol);
