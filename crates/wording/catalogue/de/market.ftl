# Guthaben und Märkte.
nav-balances = Guthaben
nav-markets = Märkte

market-demo-tag = Demo
market-demo-text = Das sind Demo-Märkte. Eigene Händler des Hauses bewegen sie zur Ansicht, die Werte sind erfunden, und nichts hier ist etwas wert.

balances-title = Guthaben
balances-lead = Was Sie halten, in beiden Wallets. Einzahlungen kommen im Haupt-Wallet an; Aufträge nutzen das Handels-Wallet.
balances-asset = Wert
balances-main = Haupt
balances-main-held = auf dem Weg hinaus
balances-trade = Handel
balances-trade-held = in offenen Aufträgen
balances-whole = Zusammen
balances-empty = Sie halten noch nichts. Was Sie einzahlen oder kaufen, steht dann hier, eine Zeile für jeden Wert.
balances-table = Guthaben nach Wert und Wallet

move-title = Zwischen Ihren Wallets verschieben
move-lead = Es bleibt in Ihrem Konto: keine Gebühr, kein Code, sofort.
move-asset = Wert
move-amount = Betrag
move-amount-hint = Mit Dezimalpunkt und ohne andere Trennzeichen, wie in 0.25.
move-way = Richtung
move-to-trade = Von Haupt nach Handel
move-to-main = Von Handel nach Haupt
move-button = Verschieben
move-done = Verschoben. Beide Wallets zeigen es unten.

markets-title = Märkte
markets-lead = Wählen Sie einen Markt, um sein Buch und seine Geschäfte zu sehen und Aufträge zu geben.
markets-table = Märkte mit ihren Preisen der letzten 24 Stunden
markets-market = Markt
markets-last = Letzter Preis
markets-change = Änderung in 24 h
markets-high = Höchster
markets-low = Niedrigster
markets-volume = Umsatz in 24 h
markets-empty = Noch ist kein Markt offen. Öffnet der Betreiber einen, steht er hier.
markets-no-trade = Noch kein Geschäft
markets-closed = Der Markt läuft unter dieser Adresse gerade nicht. Ihre Guthaben sind sicher; versuchen Sie es gleich noch einmal.

market-halted = Angehalten
market-halted-text = Dieser Markt nimmt vorerst keine neuen Aufträge an. Ihre offenen können Sie stornieren.
market-live = Live
market-live-hint = Die Zahlen bewegen sich von selbst.
market-paused = Die Verbindung ist unterbrochen; die Zahlen können alt sein. Neuer Versuch läuft.
market-ended = Die Verbindung ist beendet; die Zahlen sind alt.
market-static = Die Zahlen sind vom Augenblick, in dem diese Seite geöffnet wurde.
market-reload = Neu lesen
market-up = gestiegen
market-down = gefallen
market-flat = unverändert
market-back = Alle Märkte

book-title = Orderbuch
book-bids = Käufer
book-asks = Verkäufer
book-price = Preis
book-size = Menge
book-total = Summe
book-empty = Hier wartet niemand.
book-table-bids = Käufer, bester Preis zuerst
book-table-asks = Verkäufer, bester Preis zuerst

trades-title = Letzte Geschäfte
trades-time = Zeit
trades-side = Nehmer
trades-empty = Noch kein Geschäft. Das nächste steht hier.
trades-table = Die letzten Geschäfte, neuestes zuerst
trade-buy = Kauf
trade-sell = Verkauf

own-title = Ihre offenen Aufträge
own-side = Seite
own-price = Preis
own-size = Menge
own-filled = Ausgeführt
own-empty = Sie haben hier keinen offenen Auftrag. Einer, der auf seinen Preis wartet, steht hier, bis er ausgeführt oder storniert ist.
own-table = Ihre offenen Aufträge in diesem Markt
own-act = Aktion
own-cancel = Stornieren
own-cancel-all = Alle stornieren
own-available = Verfügbar im Handels-Wallet
own-move = Zwischen Wallets verschieben

fills-title = Ihre letzten Geschäfte
fills-table = Ihre letzten Geschäfte an diesem Markt, neueste zuerst
fills-fee = Gebühr
fills-empty = Sie haben hier noch nicht gehandelt. Was Sie kaufen oder verkaufen, steht dann hier.
fills-late = Die neuesten werden noch geschrieben; lesen Sie gleich noch einmal.

order-title = Auftrag geben
order-side = Seite
order-buy = Kaufen
order-sell = Verkaufen
order-kind = Art
order-limit = Limit: zu diesem Preis oder einem besseren
order-market = Markt: sofort, zu den Preisen, die da sind
order-price = Preis
order-price-hint = Eine ganze Zahl von Schritten zu { $step }. Bei einem Marktauftrag leer lassen.
order-size = Menge
order-size-hint = Eine ganze Zahl von Schritten zu { $step }, von { $least } bis { $most }.
order-lasts = Ein Limit-Auftrag gilt
order-until-cancelled = bis er ausgeführt oder storniert ist
order-at-once = sofort; was nicht ausgeführt wird, endet
order-whole = sofort ganz oder gar nicht
order-if-it-rests = nur, wenn er im Buch wartet
order-fees = Gebühr in { $quote }: { $taker } %, wenn Ihr Auftrag nimmt, { $maker } %, wenn er gewartet hat.
order-button = Auftrag geben
order-done-rests = Der Auftrag steht im Buch.
order-done-filled = Der Auftrag ist ausgeführt.
order-done-part = Der Auftrag ist zum Teil ausgeführt; der Rest ist beendet.
order-done-ended = Der Auftrag wurde angenommen und ist inzwischen beendet. Im Verlauf steht, was aus ihm wurde.
order-done-cancelled = Der Auftrag ist storniert; was er gehalten hat, ist wieder verfügbar.
order-done-all-cancelled = Ihre offenen Aufträge in diesem Markt sind storniert.

dashboard-balances-link = Alle Guthaben
dashboard-markets-link = Märkte

refused-market-no-engine = Der Markt läuft gerade nicht. Es ist nichts geschehen; versuchen Sie es gleich noch einmal.
refused-market-busy = Der Markt hat so viel zu tun, wie er annehmen kann. Es ist nichts geschehen; versuchen Sie es gleich noch einmal.
refused-market-not-known = Der Markt hielt an, bevor er geantwortet hat; darum ist nicht bekannt, ob es geschehen ist. Sehen Sie nach Ihren Aufträgen und Guthaben, sobald er wieder läuft, bevor Sie es noch einmal versuchen.
refused-market-unknown-asset = Diesen Wert gibt es nicht.
refused-market-unknown-market = Diesen Markt gibt es nicht.
refused-market-other = Der Markt hat das nicht angenommen. Es ist nichts geschehen; öffnen Sie die Seite neu und versuchen Sie es noch einmal.
refused-amount-no-number = Schreiben Sie eine Zahl mit Dezimalpunkt und ohne andere Trennzeichen, wie in 1234.5.
refused-amount-negative = Schreiben Sie eine Zahl über null.
refused-amount-zero = Schreiben Sie eine Zahl über null.
refused-amount-digits = { $count ->
    [0] Dieser Wert hat keine Stellen nach dem Punkt.
    [one] Dieser Wert hat eine Stelle nach dem Punkt, nicht mehr.
   *[other] Dieser Wert hat { $count } Stellen nach dem Punkt, nicht mehr.
}
refused-amount-too-large = Das ist mehr, als es von diesem Wert geben kann.
refused-amount-off-tick = Preise gehen hier in Schritten von { $step }. Wählen Sie einen Preis, der eine ganze Zahl davon ist.
refused-amount-off-lot = Mengen gehen hier in Schritten von { $step }. Wählen Sie eine Menge, die eine ganze Zahl davon ist.
refused-market-order-price = Ein Marktauftrag hat keinen Preis. Lassen Sie den Preis leer, oder wählen Sie einen Limit-Auftrag.
refused-order-unknown = Dieser Auftrag ist nicht mehr offen: Er wurde vorher ausgeführt oder storniert.
refused-order-funds = Dafür ist in diesem Wallet nicht genug verfügbar, Gebühr eingerechnet. Verschieben Sie etwas, oder wählen Sie weniger.
refused-order-size = Die Menge liegt unter der kleinsten oder über der größten, die dieser Markt annimmt.
refused-order-notional = Preis mal Menge liegt unter dem kleinsten Betrag, den dieser Markt annimmt.
refused-order-price = Mit diesem Preis kann der Markt nicht rechnen.
refused-order-band = Dieser Preis liegt zu weit vom letzten Geschäft. Wählen Sie einen näheren.
refused-order-too-many = Sie haben so viele offene Aufträge in diesem Markt, wie es sein dürfen. Stornieren Sie zuerst einen.
refused-order-halted = Dieser Markt nimmt vorerst keine neuen Aufträge an. Stornieren geht.
refused-order-restricted = Ihr Konto darf das vorerst nicht. Unter Sicherheit steht, was es zurückhält.
refused-order-form-used = Dieses Formular wurde schon mit anderen Zahlen gesendet. Sehen Sie nach Ihren offenen Aufträgen, und versuchen Sie es dann noch einmal.
refused-order-form-sent = Dieses Formular wurde schon gesendet, und daraus wurde ein Auftrag. Sehen Sie nach Ihren offenen Aufträgen und in den Verlauf; wenn Sie einen weiteren wollen, geben Sie ihn jetzt.
refused-move-form-old = Dieses Formular war lange offen; darum wurde eben nichts verschoben. Sehen Sie in Ihren Guthaben nach, ob es schon gesendet wurde; wenn nicht, verschieben Sie jetzt.
order-ended-would-take = Der Auftrag hätte sofort gehandelt; darum endete er, ohne etwas zu tun, wie Sie es gewählt haben.
order-ended-nothing-there = Niemand stand zu einem passenden Preis; darum endete der Auftrag ohne Geschäft.
order-ended-not-whole = Nicht alles konnte sofort ausgeführt werden; darum endete der Auftrag ohne Geschäft, wie Sie es gewählt haben.
order-ended-own-order = Er hätte einen eigenen offenen Auftrag getroffen; darum endete er ohne Geschäft.
order-ended-cancelled = Der Auftrag wurde storniert.
order-ended-expired = Die Zeit des Auftrags war um.
