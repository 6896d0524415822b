security-title = Sicherheit
security-back = Zurück zur Sicherheit
security-factors = Womit Sie sich ausweisen
security-sessions = Offene Sitzungen
security-devices = Vertraute Geräte
security-devices-hint = Von einem vertrauten Gerät treten Sie ohne den Code per E-Mail ein. Entfernen Sie, was Sie nicht mehr benutzen.
security-password = Passwort
security-authenticator = Authenticator-App
security-recovery-codes = Wiederherstellungscodes
security-changed-at = Festgelegt am { $when }.
security-recovery-codes-left = { $count ->
    [0] Keiner mehr übrig.
    [one] Noch einer übrig.
   *[other] Noch { $count } übrig.
}
security-change = Ändern
security-replace = Ersetzen
security-renew = Erneuern
security-todo-recovery-codes = { $count ->
    [0] Sie haben keinen Wiederherstellungscode mehr. Ohne einen sperrt Sie ein verlorenes Telefon aus.
    [one] Sie haben noch einen Wiederherstellungscode. Erstellen Sie neue, bevor er verbraucht ist.
   *[other] Sie haben noch { $count } Wiederherstellungscodes. Erstellen Sie neue, bevor sie verbraucht sind.
}
security-done-password = Ihr Passwort ist geändert. Alle anderen Sitzungen sind beendet.
security-done-authenticator = Ihre neue Authenticator-App ist verbunden. Die alte gilt nicht mehr.
security-done-recovery-codes = Ihre neuen Wiederherstellungscodes gelten. Die alten gelten nicht mehr.
security-done-session = Die Sitzung ist beendet.
security-done-sessions = Alle anderen Sitzungen sind beendet.
security-done-device = Das Gerät ist vergessen. Der nächste Eintritt von dort verlangt einen Code.

change-password-title = Passwort ändern
change-password-effect = Alle anderen Sitzungen enden. Hier bleiben Sie angemeldet.
change-password-forgot = Ich kenne das bisherige nicht

replace-title = Authenticator-App ersetzen
replace-lead = Weisen Sie sich zuerst mit der bisherigen App oder einem Wiederherstellungscode aus. Die alte App gilt, bis die neue bestätigt ist.
replace-new-heading = Verbinden Sie die neue App
replace-new-lead = Die alte App gilt nicht mehr, sobald Sie die neue bestätigen.
replace-keep-old = Die alte App behalten

renew-title = Neue Wiederherstellungscodes erstellen
renew-lead = { $count ->
    [0] Sie haben keinen mehr.
    [one] Sie haben noch einen. Er gilt nicht mehr, sobald neue erstellt sind.
   *[other] Sie haben noch { $count }. Sie gelten nicht mehr, sobald neue erstellt sind.
}

freeze-title = Ihr Konto sperren?
freeze-effect = Jede Sitzung und jede begonnene Anmeldung endet, auf allen Geräten. Nichts kann das Konto verlassen.
freeze-back = Sie öffnen es selbst wieder: mit Ihrem Passwort, Ihrem zweiten Faktor und einem Code, den wir Ihnen schicken.
freeze-not = Nein, alles so lassen
freeze-done-title = Ihr Konto ist gesperrt
freeze-done-text = Alle Sitzungen sind beendet. Niemand kann eintreten, und nichts kann hinaus.

signed-out-title = Sie sind abgemeldet
signed-out-text = Diese Sitzung ist beendet. Schließen Sie an einem gemeinsam benutzten Gerät auch das Browserfenster.
security-authenticator-disabled = Nach zu vielen falschen Codes abgeschaltet. Verbinden Sie die App neu.
