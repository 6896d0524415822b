# Was jede Seite umgibt.
frame-skip = Zum Inhalt der Seite
frame-address-before = Sie sind auf
frame-address-after = Vergleichen Sie es mit Ihrer Adresszeile.
frame-mailbox-banner = Dieser Rechner verschickt keine Post. Nachrichten bleiben hier:
frame-mailbox-link = Postfach öffnen
frame-home-link = { $site }, zur Startseite
frame-nav = Hauptmenü
frame-footer-nav = Hilfe und Sicherheit
frame-language = Sprache
frame-step = Schritt { $step } von { $of }
frame-steps = Schritte { $first } und { $second } von { $of }

nav-home = Startseite
nav-help = Hilfe
nav-sign-in = Anmelden
nav-sign-out = Abmelden
nav-dashboard = Übersicht
nav-security = Sicherheit
nav-review = Rückblick
nav-before = Bevor Sie sich anmelden
nav-unexpected-mail = Eine unerwartete E-Mail

# Formulare
form-problems = Bitte sehen Sie noch einmal hin
form-title-problem = Hinweis:
form-error = Hinweis:
form-identifier = E-Mail-Adresse oder Telefonnummer
form-password = Passwort
form-current-password = Bisheriges Passwort
form-new-password = Neues Passwort
form-new-password-hint = Mindestens { $count } Zeichen. Gut sind mehrere Wörter ohne Zusammenhang; Leerzeichen zählen mit.
form-password-show = Zeigen
form-password-hide = Verbergen
form-caps-lock = Die Feststelltaste ist eingeschaltet.
form-code = Code
form-code-hint = Sechs Ziffern. Leerzeichen stören nicht.
form-app-code = Code aus der App
form-app-code-hint = Die sechs Ziffern, die die App gerade zeigt.
form-factor = Code aus Ihrer Authenticator-App oder ein Wiederherstellungscode
form-factor-hint = Sechs Ziffern aus der App. Wenn Sie sie nicht öffnen können, geben Sie einen Ihrer Wiederherstellungscodes ein.
form-passkey-needed = Sie sind mit einem Passkey eingetreten. Auch dies bestätigt ein Passkey: kein Code kann es.

button-continue = Weiter
button-send-code = Code senden
button-send-again = Neuen Code senden
button-confirm-code = Code bestätigen
button-access = Eintreten
button-cancel = Abbrechen
button-begin-again = Neu beginnen
button-set-password = Passwort festlegen
button-change-password = Passwort ändern
button-renew = Neue Codes erstellen
button-freeze = Mein Konto sperren

copy-done = Kopiert
copy-failed = Das Kopieren ging nicht. Markieren Sie den Text und kopieren Sie ihn von Hand.

strength-0 = Sehr leicht zu erraten. Machen Sie es länger.
strength-1 = Leicht zu erraten. Machen Sie es länger.
strength-2 = Reicht noch nicht. Fügen Sie ein oder zwei Wörter hinzu.
strength-3 = Gut: schwer zu erraten.
strength-4 = Sehr gut: sehr schwer zu erraten.

# Die Uhr der Authenticator-App
clock-how = Die App zählt die Zeit nach der Uhr des Telefons. Stellen Sie diese Uhr auf automatisch, warten Sie auf den nächsten Code und geben Sie diesen ein.
clock-steps = So stellen Sie die Uhr auf automatisch
clock-android = Android: Öffnen Sie Einstellungen, System, Datum und Uhrzeit, und schalten Sie „Zeit automatisch einstellen“ ein.
clock-ios = iPhone: Öffnen Sie Einstellungen, Allgemein, Datum & Uhrzeit, und schalten Sie „Automatisch einstellen“ ein.

# Zeiten und Dauern
moment = { $day }. { $month } { $year }, { $time } Uhr UTC
month-january = Januar
month-february = Februar
month-march = März
month-april = April
month-may = Mai
month-june = Juni
month-july = Juli
month-august = August
month-september = September
month-october = Oktober
month-november = November
month-december = Dezember
span-seconds = { $count } { $count ->
    [one] Sekunde
   *[other] Sekunden
}
span-minutes = { $count } { $count ->
    [one] Minute
   *[other] Minuten
}
span-hours = { $count } { $count ->
    [one] Stunde
   *[other] Stunden
}
span-days = { $count } { $count ->
    [one] Tag
   *[other] Tage
}
unit-seconds = Sekunden
unit-minutes = Minuten
