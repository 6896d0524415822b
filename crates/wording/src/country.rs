//! Countries and places in words.

use doorward_domain::country::{COUNTRIES, Country, DataMonth, Place, Whereabouts};

use crate::moment::MONTH_KEYS;
use crate::words::{Value, Words};

impl Words {
    /// A country's name.
    pub fn country(&self, country: Country) -> &'static str {
        let (english, german) = NAMES[country.index()];
        if self.tag() == "de" { german } else { english }
    }

    /// Where an address stands, with the month of the data; `None` when it is not known.
    pub fn place(&self, place: &Place) -> Option<String> {
        match place.at {
            Whereabouts::Local => Some(self.text("place-local").into_owned()),
            Whereabouts::In(country) => {
                let name = self.country(country);
                let Some(DataMonth { year, month }) = place.month else { return Some(name.to_owned()) };
                let month = MONTH_KEYS.get(usize::from(month).saturating_sub(1)).unwrap_or(&MONTH_KEYS[0]);
                let values: [(&str, Value); 3] = [
                    ("country", name.into()),
                    ("month", self.text(month).into_owned().into()),
                    ("year", year.to_string().into()),
                ];
                Some(self.text_with("place-in", &values))
            }
            Whereabouts::Unknown | Whereabouts::Lost => None,
        }
    }
}

/// English and German, in the order of the codes.
const NAMES: [(&str, &str); COUNTRIES] = [
    ("Andorra", "Andorra"),
    ("United Arab Emirates", "Vereinigte Arabische Emirate"),
    ("Afghanistan", "Afghanistan"),
    ("Antigua and Barbuda", "Antigua und Barbuda"),
    ("Anguilla", "Anguilla"),
    ("Albania", "Albanien"),
    ("Armenia", "Armenien"),
    ("Angola", "Angola"),
    ("Antarctica", "Antarktis"),
    ("Argentina", "Argentinien"),
    ("American Samoa", "Amerikanisch-Samoa"),
    ("Austria", "Österreich"),
    ("Australia", "Australien"),
    ("Aruba", "Aruba"),
    ("Åland Islands", "Åland"),
    ("Azerbaijan", "Aserbaidschan"),
    ("Bosnia and Herzegovina", "Bosnien und Herzegowina"),
    ("Barbados", "Barbados"),
    ("Bangladesh", "Bangladesch"),
    ("Belgium", "Belgien"),
    ("Burkina Faso", "Burkina Faso"),
    ("Bulgaria", "Bulgarien"),
    ("Bahrain", "Bahrain"),
    ("Burundi", "Burundi"),
    ("Benin", "Benin"),
    ("Saint Barthélemy", "Saint-Barthélemy"),
    ("Bermuda", "Bermuda"),
    ("Brunei", "Brunei"),
    ("Bolivia", "Bolivien"),
    ("Bonaire, Sint Eustatius and Saba", "Bonaire, Sint Eustatius und Saba"),
    ("Brazil", "Brasilien"),
    ("Bahamas", "Bahamas"),
    ("Bhutan", "Bhutan"),
    ("Bouvet Island", "Bouvetinsel"),
    ("Botswana", "Botsuana"),
    ("Belarus", "Belarus"),
    ("Belize", "Belize"),
    ("Canada", "Kanada"),
    ("Cocos (Keeling) Islands", "Kokosinseln"),
    ("Democratic Republic of the Congo", "Demokratische Republik Kongo"),
    ("Central African Republic", "Zentralafrikanische Republik"),
    ("Republic of the Congo", "Republik Kongo"),
    ("Switzerland", "Schweiz"),
    ("Côte d’Ivoire", "Elfenbeinküste"),
    ("Cook Islands", "Cookinseln"),
    ("Chile", "Chile"),
    ("Cameroon", "Kamerun"),
    ("China", "China"),
    ("Colombia", "Kolumbien"),
    ("Costa Rica", "Costa Rica"),
    ("Cuba", "Kuba"),
    ("Cape Verde", "Kap Verde"),
    ("Curaçao", "Curaçao"),
    ("Christmas Island", "Weihnachtsinsel"),
    ("Cyprus", "Zypern"),
    ("Czechia", "Tschechien"),
    ("Germany", "Deutschland"),
    ("Djibouti", "Dschibuti"),
    ("Denmark", "Dänemark"),
    ("Dominica", "Dominica"),
    ("Dominican Republic", "Dominikanische Republik"),
    ("Algeria", "Algerien"),
    ("Ecuador", "Ecuador"),
    ("Estonia", "Estland"),
    ("Egypt", "Ägypten"),
    ("Western Sahara", "Westsahara"),
    ("Eritrea", "Eritrea"),
    ("Spain", "Spanien"),
    ("Ethiopia", "Äthiopien"),
    ("Finland", "Finnland"),
    ("Fiji", "Fidschi"),
    ("Falkland Islands", "Falklandinseln"),
    ("Micronesia", "Mikronesien"),
    ("Faroe Islands", "Färöer"),
    ("France", "Frankreich"),
    ("Gabon", "Gabun"),
    ("United Kingdom", "Vereinigtes Königreich"),
    ("Grenada", "Grenada"),
    ("Georgia", "Georgien"),
    ("French Guiana", "Französisch-Guayana"),
    ("Guernsey", "Guernsey"),
    ("Ghana", "Ghana"),
    ("Gibraltar", "Gibraltar"),
    ("Greenland", "Grönland"),
    ("Gambia", "Gambia"),
    ("Guinea", "Guinea"),
    ("Guadeloupe", "Guadeloupe"),
    ("Equatorial Guinea", "Äquatorialguinea"),
    ("Greece", "Griechenland"),
    ("South Georgia and the South Sandwich Islands", "Südgeorgien und die Südlichen Sandwichinseln"),
    ("Guatemala", "Guatemala"),
    ("Guam", "Guam"),
    ("Guinea-Bissau", "Guinea-Bissau"),
    ("Guyana", "Guyana"),
    ("Hong Kong", "Hongkong"),
    ("Heard Island and McDonald Islands", "Heard und McDonaldinseln"),
    ("Honduras", "Honduras"),
    ("Croatia", "Kroatien"),
    ("Haiti", "Haiti"),
    ("Hungary", "Ungarn"),
    ("Indonesia", "Indonesien"),
    ("Ireland", "Irland"),
    ("Israel", "Israel"),
    ("Isle of Man", "Isle of Man"),
    ("India", "Indien"),
    ("British Indian Ocean Territory", "Britisches Territorium im Indischen Ozean"),
    ("Iraq", "Irak"),
    ("Iran", "Iran"),
    ("Iceland", "Island"),
    ("Italy", "Italien"),
    ("Jersey", "Jersey"),
    ("Jamaica", "Jamaika"),
    ("Jordan", "Jordanien"),
    ("Japan", "Japan"),
    ("Kenya", "Kenia"),
    ("Kyrgyzstan", "Kirgisistan"),
    ("Cambodia", "Kambodscha"),
    ("Kiribati", "Kiribati"),
    ("Comoros", "Komoren"),
    ("Saint Kitts and Nevis", "St. Kitts und Nevis"),
    ("North Korea", "Nordkorea"),
    ("South Korea", "Südkorea"),
    ("Kuwait", "Kuwait"),
    ("Cayman Islands", "Kaimaninseln"),
    ("Kazakhstan", "Kasachstan"),
    ("Laos", "Laos"),
    ("Lebanon", "Libanon"),
    ("Saint Lucia", "St. Lucia"),
    ("Liechtenstein", "Liechtenstein"),
    ("Sri Lanka", "Sri Lanka"),
    ("Liberia", "Liberia"),
    ("Lesotho", "Lesotho"),
    ("Lithuania", "Litauen"),
    ("Luxembourg", "Luxemburg"),
    ("Latvia", "Lettland"),
    ("Libya", "Libyen"),
    ("Morocco", "Marokko"),
    ("Monaco", "Monaco"),
    ("Moldova", "Moldau"),
    ("Montenegro", "Montenegro"),
    ("Saint Martin", "Saint-Martin"),
    ("Madagascar", "Madagaskar"),
    ("Marshall Islands", "Marshallinseln"),
    ("North Macedonia", "Nordmazedonien"),
    ("Mali", "Mali"),
    ("Myanmar", "Myanmar"),
    ("Mongolia", "Mongolei"),
    ("Macao", "Macau"),
    ("Northern Mariana Islands", "Nördliche Marianen"),
    ("Martinique", "Martinique"),
    ("Mauritania", "Mauretanien"),
    ("Montserrat", "Montserrat"),
    ("Malta", "Malta"),
    ("Mauritius", "Mauritius"),
    ("Maldives", "Malediven"),
    ("Malawi", "Malawi"),
    ("Mexico", "Mexiko"),
    ("Malaysia", "Malaysia"),
    ("Mozambique", "Mosambik"),
    ("Namibia", "Namibia"),
    ("New Caledonia", "Neukaledonien"),
    ("Niger", "Niger"),
    ("Norfolk Island", "Norfolkinsel"),
    ("Nigeria", "Nigeria"),
    ("Nicaragua", "Nicaragua"),
    ("Netherlands", "Niederlande"),
    ("Norway", "Norwegen"),
    ("Nepal", "Nepal"),
    ("Nauru", "Nauru"),
    ("Niue", "Niue"),
    ("New Zealand", "Neuseeland"),
    ("Oman", "Oman"),
    ("Panama", "Panama"),
    ("Peru", "Peru"),
    ("French Polynesia", "Französisch-Polynesien"),
    ("Papua New Guinea", "Papua-Neuguinea"),
    ("Philippines", "Philippinen"),
    ("Pakistan", "Pakistan"),
    ("Poland", "Polen"),
    ("Saint Pierre and Miquelon", "Saint-Pierre und Miquelon"),
    ("Pitcairn Islands", "Pitcairninseln"),
    ("Puerto Rico", "Puerto Rico"),
    ("Palestine", "Palästina"),
    ("Portugal", "Portugal"),
    ("Palau", "Palau"),
    ("Paraguay", "Paraguay"),
    ("Qatar", "Katar"),
    ("Réunion", "Réunion"),
    ("Romania", "Rumänien"),
    ("Serbia", "Serbien"),
    ("Russia", "Russland"),
    ("Rwanda", "Ruanda"),
    ("Saudi Arabia", "Saudi-Arabien"),
    ("Solomon Islands", "Salomonen"),
    ("Seychelles", "Seychellen"),
    ("Sudan", "Sudan"),
    ("Sweden", "Schweden"),
    ("Singapore", "Singapur"),
    ("Saint Helena, Ascension and Tristan da Cunha", "St. Helena, Ascension und Tristan da Cunha"),
    ("Slovenia", "Slowenien"),
    ("Svalbard and Jan Mayen", "Spitzbergen und Jan Mayen"),
    ("Slovakia", "Slowakei"),
    ("Sierra Leone", "Sierra Leone"),
    ("San Marino", "San Marino"),
    ("Senegal", "Senegal"),
    ("Somalia", "Somalia"),
    ("Suriname", "Suriname"),
    ("South Sudan", "Südsudan"),
    ("São Tomé and Príncipe", "São Tomé und Príncipe"),
    ("El Salvador", "El Salvador"),
    ("Sint Maarten", "Sint Maarten"),
    ("Syria", "Syrien"),
    ("Eswatini", "Eswatini"),
    ("Turks and Caicos Islands", "Turks- und Caicosinseln"),
    ("Chad", "Tschad"),
    ("French Southern Territories", "Französische Süd- und Antarktisgebiete"),
    ("Togo", "Togo"),
    ("Thailand", "Thailand"),
    ("Tajikistan", "Tadschikistan"),
    ("Tokelau", "Tokelau"),
    ("Timor-Leste", "Osttimor"),
    ("Turkmenistan", "Turkmenistan"),
    ("Tunisia", "Tunesien"),
    ("Tonga", "Tonga"),
    ("Türkiye", "Türkei"),
    ("Trinidad and Tobago", "Trinidad und Tobago"),
    ("Tuvalu", "Tuvalu"),
    ("Taiwan", "Taiwan"),
    ("Tanzania", "Tansania"),
    ("Ukraine", "Ukraine"),
    ("Uganda", "Uganda"),
    ("United States Minor Outlying Islands", "Kleinere amerikanische Überseeinseln"),
    ("United States", "Vereinigte Staaten"),
    ("Uruguay", "Uruguay"),
    ("Uzbekistan", "Usbekistan"),
    ("Vatican City", "Vatikanstadt"),
    ("Saint Vincent and the Grenadines", "St. Vincent und die Grenadinen"),
    ("Venezuela", "Venezuela"),
    ("British Virgin Islands", "Britische Jungferninseln"),
    ("United States Virgin Islands", "Amerikanische Jungferninseln"),
    ("Vietnam", "Vietnam"),
    ("Vanuatu", "Vanuatu"),
    ("Wallis and Futuna", "Wallis und Futuna"),
    ("Samoa", "Samoa"),
    ("Kosovo", "Kosovo"),
    ("Yemen", "Jemen"),
    ("Mayotte", "Mayotte"),
    ("South Africa", "Südafrika"),
    ("Zambia", "Sambia"),
    ("Zimbabwe", "Simbabwe"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_its_own_name_in_both_languages() {
        for tag in ["en", "de"] {
            let words = Words::of_tag(tag);
            let names: std::collections::BTreeSet<_> =
                Country::all().map(|country| words.country(country)).collect();
            assert_eq!(names.len(), COUNTRIES, "{tag}");
        }
        for (code, english, german) in [
            ("AD", "Andorra", "Andorra"),
            ("CH", "Switzerland", "Schweiz"),
            ("DE", "Germany", "Deutschland"),
            ("GB", "United Kingdom", "Vereinigtes Königreich"),
            ("KP", "North Korea", "Nordkorea"),
            ("US", "United States", "Vereinigte Staaten"),
            ("ZW", "Zimbabwe", "Simbabwe"),
        ] {
            let country = Country::parse(code).expect("a country");
            assert_eq!(Words::of_tag("en").country(country), english);
            assert_eq!(Words::of_tag("de").country(country), german);
        }
    }

    #[test]
    fn a_place_names_the_month_of_its_data() {
        let at = |at| Place { at, month: Some(DataMonth { year: 2026, month: 11 }), ..Place::UNKNOWN };
        let portugal = Whereabouts::In(Country::parse("PT").expect("a country"));
        let (english, german) = (Words::of_tag("en"), Words::of_tag("de"));
        assert_eq!(english.place(&at(portugal)).as_deref(), Some("Portugal (data of November 2026)"));
        assert_eq!(german.place(&at(portugal)).as_deref(), Some("Portugal (Stand: November 2026)"));
        assert_eq!(english.place(&at(Whereabouts::Local)).as_deref(), Some("private network"));
        assert_eq!(english.place(&at(Whereabouts::Unknown)), None);
        assert_eq!(english.place(&at(Whereabouts::Lost)), None);
    }
}
