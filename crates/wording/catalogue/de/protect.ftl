# Was das Konto neben seinen Faktoren schützt: Wächter, Handelspasswort, Sätze, Meldungen, Sperren.
event-passkey-added = Passkey hinzugefügt
event-passkey-removed = Passkey entfernt
event-passkey-changed = Passkeys geändert
event-trading-password-set = Handelspasswort gesetzt
event-trading-password-changed = Handelspasswort geändert
event-trading-password-reset = Handelspasswort ersetzt
event-factor-replaced-by-case = Verlorener Faktor durch den Support ersetzt
event-case-with-password-lost = Verlorener Faktor und Passwort durch den Support ersetzt
event-address-added = Auszahlungsadresse hinzugefügt
event-api-key-may-withdraw = API-Schlüssel darf auszahlen
event-api-key-widened = API-Schlüssel darf mehr
event-address-book-off = Adressbuch ausgeschaltet

refused-action-frozen = Das Konto ist gesperrt. Nichts bewegt sich, bis es wieder geöffnet ist.
refused-action-country-open = Die Regeln für Ihr Land erlauben das nicht.
refused-action-country-closing = Die Regeln für Ihr Land erlauben keine Einzahlungen, Käufe oder neuen API-Schlüssel. Verkaufen, Stornieren und Auszahlen bleiben möglich.
refused-action-country-withdraw-only = Die Regeln für Ihr Land lassen Auszahlen und das Stornieren von Aufträgen zu, sonst nichts.
refused-action-country-blocked = Die Regeln für Ihr Land lassen das Ansehen des Kontos zu, sonst nichts.
refused-action-country-since = Sie gelten seit { $since }.
refused-action-held = Nach einer Änderung an dem, was Ihr Konto schützt, kann bis { $until } nichts das Konto verlassen, noch { $left }. Niemand kann diese Zeit verkürzen.
refused-action-subject-held = Diese Adresse oder dieser Schlüssel ist neu oder wurde erweitert. Bis { $until } kann nichts darüber hinausgehen, noch { $left }. Niemand kann diese Zeit verkürzen.
refused-action-locked = Ihre Einstellungssperre ist an. Lassen Sie sie unter Sicherheit öffnen; das dauert { $delay }. Das Konto sperren, Sitzungen beenden und Schlüssel widerrufen bleiben möglich.
refused-action-opening = Ihre Einstellungssperre öffnet sich am { $until }. Bis dahin lässt sich nichts ändern, was das Konto schützt.
refused-action-trading-missing = Setzen Sie zuerst unter Sicherheit ein Handelspasswort.
refused-trading-locked = Zu viele falsche Handelspasswörter. Versuchen Sie es in { $wait } wieder.
refused-trading-disabled = Das Handelspasswort ist nach zu vielen falschen Versuchen abgeschaltet. Setzen Sie unter Sicherheit ein neues.
