-- What people call an asset. The engine knows it by its number alone; numbers are given in the order of listing.
CREATE TABLE asset_name (
    asset INTEGER PRIMARY KEY NOT NULL,
    symbol TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX asset_name_symbol ON asset_name (symbol);
