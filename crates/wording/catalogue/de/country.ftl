# Orte, und was die Regeln der Länder offen lassen.
place-in = { $country } (Stand: { $month } { $year })
place-local = privates Netz

action-sign-up = ein Konto eröffnen
action-sign-in = sich anmelden, Sitzungen beenden und das Konto einfrieren
action-view = das Konto ansehen
action-change-security = Sicherheitseinstellungen ändern
action-withdraw = auszahlen
action-cancel-order = offene Aufträge zurücknehmen
action-sell = verkaufen
action-buy = kaufen
action-deposit = einzahlen
action-create-api-key = einen API-Schlüssel anlegen

mode-open = Offen
mode-closing = Auslaufend
mode-withdraw-only = Nur Auszahlungen
mode-blocked = Gesperrt

because-residence = Es gelten die Regeln für { $country }, weil Ihr geprüfter Wohnsitz dort ist.
because-country = Es gelten die Regeln für { $country }, weil Ihre IP-Adresse dort registriert ist. Das kann falsch sein.
because-unknown = Es gelten die Regeln für unbekannte Orte, weil wir nicht erkennen, wo Ihre IP-Adresse ist.
because-anonymising = Es gelten die Regeln für verschleiernde Netze, weil Ihre IP-Adresse zu einem VPN, einem Proxy oder einem ähnlichen Netz gehört.
because-local = Es gelten die Regeln für private Netze, weil Ihre IP-Adresse zu ihnen gehört.

restricted-title = Für Sie zurzeit nicht verfügbar
restricted-what = Nach diesen Regeln nicht möglich: { $action }. Es gilt: { $mode }.
restricted-since = In Kraft seit
restricted-possible = Das können Sie weiterhin:
restricted-next = Wenn der Ort nicht stimmt, nutzen Sie Ihre übliche Verbindung ohne VPN oder schreiben Sie dem Support.

restriction-closing = Auslaufend: keine neuen Einzahlungen, Käufe, API-Schlüssel oder Konten
restriction-withdraw-only = Nur Auszahlungen: Sie können auszahlen und Aufträge zurücknehmen
restriction-blocked = Gesperrt: Sie können Ihr Konto ansehen, sonst nichts

event-staff-lifted-block = Unsere Mitarbeiter haben die Aufhebung einer Ländersperre bewilligt

mail-unusual-country-title = Anmeldung aus einem ungewöhnlichen Land
mail-unusual-country-text = In Ihr Konto wurde auf einem bekannten Gerät aus einem für Sie ungewöhnlichen Land eingetreten, mit Passwort, zweitem Faktor und einem Code an Sie. Wenn Sie das waren, ist nichts zu tun.
mail-country-rules-title = Die Regeln für { $country } haben sich geändert
mail-country-rules-text = Ihr geprüfter Wohnsitz ist { $country }. Dort gelten jetzt andere Regeln.
mail-country-rules-open = Offen: Alles ist wieder möglich.
mail-country-rules-possible = Das können Sie: { $actions }.
sms-unusual-country = { $site }: Eintritt in Ihr Konto aus einem ungewöhnlichen Land, { $when }, { $device }.
sms-country-rules = { $site }: Für { $country } gelten jetzt andere Regeln: { $mode }. Nach der Anmeldung sehen Sie, was möglich ist.
