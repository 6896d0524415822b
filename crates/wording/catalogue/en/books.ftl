# Copies of the house and the market's books, as the record names them.

event-backup-made = A backup was made
event-books-agreed = The market's books were checked and agree
event-books-differed = The market's books were checked and do not agree
