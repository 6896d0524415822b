# What protects the account beside its factors: guard, trading password, phrases, notices, locks.
event-passkey-added = Passkey added
event-passkey-removed = Passkey removed
event-passkey-changed = Passkeys changed
event-trading-password-set = Trading password set
event-trading-password-changed = Trading password changed
event-trading-password-reset = Trading password replaced
event-factor-replaced-by-case = Lost factor replaced by support
event-case-with-password-lost = Lost factor and password replaced by support
event-address-added = Withdrawal address added
event-api-key-may-withdraw = API key may withdraw
event-api-key-widened = API key may do more
event-address-book-off = Address book switched off

refused-action-frozen = The account is frozen. Nothing moves until its freeze is lifted.
refused-action-country-open = The rules for your country do not allow this.
refused-action-country-closing = The rules for your country allow no deposits, purchases or new API keys. Selling, cancelling and withdrawing stay possible.
refused-action-country-withdraw-only = The rules for your country leave withdrawing and cancelling orders possible, and nothing else.
refused-action-country-blocked = The rules for your country leave looking at the account possible, and nothing else.
refused-action-country-since = They have been in force since { $since }.
refused-action-held = After a change of what protects your account nothing can leave it until { $until }, in { $left }. Nobody can shorten that time.
refused-action-subject-held = This address or key is new or was widened. Nothing can leave by it until { $until }, in { $left }. Nobody can shorten that time.
refused-action-locked = Your settings lock is on. Ask for it to open under Security; that takes { $delay }. Freezing, ending sessions and revoking keys stay possible.
refused-action-opening = Your settings lock opens on { $until }. Until then nothing that protects the account can be changed.
refused-action-trading-missing = Set a trading password first, under Security.
refused-trading-locked = Too many wrong trading passwords. Try again in { $wait }.
refused-trading-disabled = The trading password is disabled after too many wrong tries. Set a new one under Security.
