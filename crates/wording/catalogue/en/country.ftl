# Places, and what the rules of countries leave open.
place-in = { $country } (data of { $month } { $year })
place-local = private network

action-sign-up = open an account
action-sign-in = sign in, end sessions, and freeze the account
action-view = look at the account
action-change-security = change security settings
action-withdraw = withdraw
action-cancel-order = cancel open orders
action-sell = sell
action-buy = buy
action-deposit = deposit
action-create-api-key = make an API key

mode-open = Open
mode-closing = Closing
mode-withdraw-only = Withdrawals only
mode-blocked = Blocked

because-residence = The rules for { $country } apply, because your verified residence is there.
because-country = The rules for { $country } apply, because your IP address is registered there. That can be wrong.
because-unknown = The rules for unknown places apply, because we cannot tell where your IP address is.
because-anonymising = The rules for anonymising networks apply, because your IP address belongs to a VPN, a proxy or a similar network.
because-local = The rules for private networks apply, because your IP address is one of them.

restricted-title = Not available for you now
restricted-what = These rules do not let you { $action }. In force: { $mode }.
restricted-since = In force since
restricted-possible = What you can still do:
restricted-next = If you think that the place is wrong, use the connection that you usually use, without a VPN, or write to support.

restriction-closing = Closing: no new deposits, purchases, API keys or accounts
restriction-withdraw-only = Withdrawals only: you can withdraw and cancel orders
restriction-blocked = Blocked: you can look at your account, and nothing else

event-staff-lifted-block = Our staff approved that a block by country rules is lifted

mail-unusual-country-title = Entry from an unusual country
mail-unusual-country-text = Your account was entered on a device that we know, from a country that is unusual for it, with password, second factor and a code to you. If this was you, there is nothing to do.
mail-country-rules-title = The rules for { $country } have changed
mail-country-rules-text = Your verified residence is { $country }. Other rules are in force there now.
mail-country-rules-open = Open: everything is available again.
mail-country-rules-possible = What you can do: { $actions }.
sms-unusual-country = { $site }: your account was entered from an unusual country on { $when }, { $device }.
sms-country-rules = { $site }: other rules are in force for { $country }: { $mode }. Sign in to see what you can do.
