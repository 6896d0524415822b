# Balances and markets.
nav-balances = Balances
nav-markets = Markets

market-demo-tag = Demo
market-demo-text = These are demo markets. The house's own makers move them for show, the assets are made up, and nothing here has value.

balances-title = Balances
balances-lead = What you hold, in both of your wallets. Deposits arrive in the main wallet; orders use the trade wallet.
balances-asset = Asset
balances-main = Main
balances-main-held = on its way out
balances-trade = Trade
balances-trade-held = in open orders
balances-whole = Together
balances-empty = You hold nothing yet. What you deposit or buy will stand here, one line for each asset.
balances-table = Holdings by asset and wallet

move-title = Move between your wallets
move-lead = It stays in your account: no fee, no code, at once.
move-asset = Asset
move-amount = Amount
move-amount-hint = With a decimal point and no other separators, as in 0.25.
move-way = Direction
move-to-trade = From main to trade
move-to-main = From trade to main
move-button = Move
move-done = Moved. Both wallets show it below.

markets-title = Markets
markets-lead = Choose a market to see its book and its trades, and to place orders.
markets-table = Markets with their prices of the last 24 hours
markets-market = Market
markets-last = Last price
markets-change = Change in 24 h
markets-high = Highest
markets-low = Lowest
markets-volume = Volume in 24 h
markets-empty = No market is open yet. When the operator opens one, it will stand here.
markets-no-trade = No trade yet
markets-closed = The market is not running at this address just now. Your holdings are safe; try again in a moment.

market-halted = Halted
market-halted-text = This market takes no new orders for now. You can cancel the ones you have.
market-live = Live
market-live-hint = Numbers move by themselves.
market-paused = The connection is lost; the numbers may be old. Trying again.
market-ended = The connection has ended; the numbers are old.
market-static = The numbers are of the moment at which this page was opened.
market-reload = Read anew
market-up = up
market-down = down
market-flat = unchanged
market-back = All markets

book-title = Order book
book-bids = Buyers
book-asks = Sellers
book-price = Price
book-size = Size
book-total = Total
book-empty = Nobody waits here.
book-table-bids = Buyers, best price first
book-table-asks = Sellers, best price first

trades-title = Last trades
trades-time = Time
trades-side = Taker
trades-empty = No trade yet. The next one will stand here.
trades-table = The last trades, newest first
trade-buy = Buy
trade-sell = Sell

own-title = Your open orders
own-side = Side
own-price = Price
own-size = Size
own-filled = Filled
own-empty = You have no open order here. One that waits for its price will stand here until it is filled or cancelled.
own-table = Your open orders in this market
own-act = Action
own-cancel = Cancel
own-cancel-all = Cancel all of them
own-available = Available in the trade wallet
own-move = Move between wallets

fills-title = Your last trades
fills-table = Your last trades in this market, newest first
fills-fee = Fee
fills-empty = You have not traded here yet. What you buy or sell will stand here.
fills-late = The newest are still being written down; read anew in a moment.

order-title = Place an order
order-side = Side
order-buy = Buy
order-sell = Sell
order-kind = Kind
order-limit = Limit: at this price or a better one
order-market = Market: at once, at the prices that are there
order-price = Price
order-price-hint = A whole number of steps of { $step }. Leave it empty for a market order.
order-size = Size
order-size-hint = A whole number of steps of { $step }, from { $least } to { $most }.
order-lasts = A limit order lasts
order-until-cancelled = until it is filled or cancelled
order-at-once = at once; what is not filled ends
order-whole = whole at once, or not at all
order-if-it-rests = only if it rests, never taking
order-fees = Fee in { $quote }: { $taker } % when your order takes, { $maker } % when it waited.
order-button = Place order
order-done-rests = The order stands in the book.
order-done-filled = The order was filled.
order-done-part = The order was filled in part; the rest of it has ended.
order-done-ended = The order was taken and has ended by now. History says what came of it.
order-done-cancelled = The order is cancelled; what it held is available again.
order-done-all-cancelled = Your open orders in this market are cancelled.

dashboard-balances-link = All balances
dashboard-markets-link = Markets

refused-market-no-engine = The market is not running just now. Nothing was done; try again in a moment.
refused-market-busy = The market has as much to do as it can take. Nothing was done; try again in a moment.
refused-market-not-known = The market stopped before it answered, so it is not known whether this was done. Look at your orders and balances once it runs again, before you try again.
refused-market-unknown-asset = There is no such asset.
refused-market-unknown-market = There is no such market.
refused-market-other = The market did not take this. Nothing was done; open the page anew and try again.
refused-amount-no-number = Write a number with a decimal point and no other separators, as in 1234.5.
refused-amount-negative = Write a number above zero.
refused-amount-zero = Write a number above zero.
refused-amount-digits = { $count ->
    [0] This asset has no digits after the point.
    [one] This asset has one digit after the point, not more.
   *[other] This asset has { $count } digits after the point, not more.
}
refused-amount-too-large = That is more than there can be of this asset.
refused-amount-off-tick = Prices here go in steps of { $step }. Choose a price that is a whole number of them.
refused-amount-off-lot = Sizes here go in steps of { $step }. Choose a size that is a whole number of them.
refused-market-order-price = A market order has no price. Leave the price empty, or choose a limit order.
refused-order-unknown = This order is not open any more: it was filled or cancelled before.
refused-order-funds = There is not enough available in this wallet for that, fee included. Move some over, or choose less.
refused-order-size = The size is below the smallest or above the largest that this market takes.
refused-order-notional = Price times size is below the smallest amount that this market takes.
refused-order-price = This price is beyond what the market can work with.
refused-order-band = This price is too far from the last trade. Choose one that is nearer.
refused-order-too-many = You have as many open orders in this market as there may be. Cancel one first.
refused-order-halted = This market takes no new orders for now. Cancelling works.
refused-order-restricted = Your account may not do this for now. See Security for what holds it back.
refused-order-form-used = This form was sent before, with other numbers. Look at your open orders, then try again.
refused-order-form-sent = This form was sent before, and an order came of it. Look at your open orders and at History; if you want another one, place it now.
refused-move-form-old = This form was open for long, so nothing was moved just now. See in your balances whether it was sent before; if it was not, move it now.
order-ended-would-take = The order would have traded at once, so it ended without doing anything, as you chose.
order-ended-nothing-there = Nobody stood at a price that fits, so the order ended without a trade.
order-ended-not-whole = Not all of it could be filled at once, so the order ended without a trade, as you chose.
order-ended-own-order = It would have met an open order of your own, so it ended without a trade.
order-ended-cancelled = The order was cancelled.
order-ended-expired = The order's time was over.
