mailbox-title = Lokales Postfach
mailbox-warning = Diese Seite gibt es nur, weil dieser Rechner keine Post verschickt. Wer sie öffnen kann, kann diese Nachrichten lesen. Eine echte Installation hat keine solche Seite.
mailbox-folder = Dieselben Nachrichten liegen als Dateien in
mailbox-empty = Noch keine Nachrichten. Wenn sich jemand anmeldet oder ein Konto eröffnet, stehen Codes und Hinweise hier.
mailbox-back = Alle Nachrichten
